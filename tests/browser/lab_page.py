"""What every page of JupyterLab, and of Formgrader, has in common for the tests."""

from playwright.sync_api import TimeoutError

WAIT = 90_000  # ms; the longest that a lesson may take on a slow machine
TRIES = 6  # for a click or a key, which is lost while JupyterLab lays out the page

# Whether the kernel is, in JavaScript. textContent, since off-screen text has no innerText.
IDLE = "document.getElementById('jp-main-statusbar')?.textContent.includes('| Idle')"


class LabPage:
    """A page of JupyterLab, and all that it has asked for and stumbled over."""

    def __init__(self, page):
        self.page = page
        self.asked, self.troubles = [], []
        page.set_default_timeout(WAIT)
        page.on("request", lambda r: self.asked.append(r.url))
        page.on("websocket", lambda w: self.asked.append(w.url))
        page.on("pageerror", lambda e: self.troubles.append(f"page error: {e}"))
        page.on("requestfailed", lambda r: self.troubles.append(f"{r.failure}: {r.url}"))
        page.on("response", self._note_status)

    def _note_status(self, response):
        if response.status >= 400:
            self.troubles.append(f"HTTP {response.status}: {response.url}")

    def menu(self, *labels):
        """Click on a menu and on what is in it, again if a click was lost."""
        for _ in range(TRIES):
            try:
                for label in labels:
                    item = self.page.get_by_role("menuitem", name=label, exact=True)
                    item.click(timeout=WAIT / TRIES)
                return
            except TimeoutError as error:
                lost = error
        raise lost


def row_of(formgrader, name):
    """The row of an assignment or a learner in a table of Formgrader, a page or a frame."""
    found = formgrader.get_by_text(name, exact=True)
    return formgrader.locator("#main-table tr").filter(has=found)


def press(formgrader, row, button, look=lambda: None):
    """Press a button in a row, wait for the dialog that says how it went, and give what it says.

    `look` is called while the dialog is there.
    """
    row.locator(f".{button} a").click()
    dialog = formgrader.locator(".modal-content")
    dialog.wait_for()
    said = dialog.text_content()
    look()
    dialog.get_by_role("button", name="OK").click()
    dialog.wait_for(state="detached")
    return said
