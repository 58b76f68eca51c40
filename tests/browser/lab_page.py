"""What every page of JupyterLab has in common for the tests."""

WAIT = 90_000  # ms; the longest that a lesson may take on a slow machine


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
        for label in labels:
            self.page.get_by_role("menuitem", name=label, exact=True).click()
