// An extension of JupyterLab, written by hand: no build, and nothing but what stands here.
(() => {
  const NARROW = 760; // pixels; with less, a side panel leaves no room for the notebook
  const SMALL = "summit-look-small"; // around a picture that is drawn for more room than it has
  const LARGE = "summit-look-large"; // a picture that a tap has enlarged
  const PHONE = 480; // pixels; with less, a table of prose has a strip for each column
  const LONG = 40; // letters; a cell with more is prose
  const SHORT = 24; // letters; cells with no more share a line of a card
  const NAME = 36; // letters; a first column with no more stays in one line
  const NAMES = "summit-look-names"; // a table of text with such a first column
  const ID = 12; // letters; with no more, on a phone as well
  const IDS = "summit-look-ids";
  const CARDS = "summit-look-cards"; // a table that shows each row as a card on a phone
  const LINE = "summit-look-line"; // a cell of it that has a line of its own
  const SEEN = "summit-look:seen"; // the learner's own arrangement counts from the second time on

  /** Show the notebook alone where there is little room, else the contents of the page beside it. */
  const arrange = (shell) => {
    const isNarrow = window.innerWidth < NARROW;
    shell.mode = isNarrow ? "single-document" : "multiple-document";
    if (shell.isSideTabBarVisible("right") === isNarrow) shell.toggleSideTabBarVisibility("right");
    if (isNarrow) {
      shell.collapseLeft();
      shell.collapseRight();
    } else if (!localStorage.getItem(SEEN)) {
      shell.activateById("table-of-contents");
    }
    localStorage.setItem(SEEN, "yes");
  };

  /** Give a chart its own title as the text that a screen reader says. */
  const describe = (image) => {
    const title = decodeURIComponent(image.src).match(/<title>([^<]+)<\/title>/);
    if (title && !image.alt) {
      image.alt = new DOMParser().parseFromString(title[1], "text/html").body.textContent;
    }
  };

  // JupyterLab shows a vector picture at its own size, and cuts it where the window is narrower.
  // Where it has to be small, a tap shows it at a readable size, with a scroll bar of its own.
  const PICTURES = ":is(.jp-RenderedSVG, .jp-RenderedMermaid)";
  const TABLES = ":is(.jp-RenderedMarkdown table, table.dataframe)";
  const STYLE = `
    ${PICTURES} img { max-width: 100%; height: auto; }
    .jp-RenderedText pre { word-break: normal; overflow-wrap: anywhere; }
    .jp-RenderedHTMLCommon.jp-RenderedMarkdown pre { overflow-x: auto; }
    .jp-RenderedHTMLCommon.jp-RenderedMarkdown :is(pre, pre code) { white-space: pre; }
    .jp-RenderedHTMLCommon table :is(td, th) { overflow-wrap: break-word; word-break: normal; }
    .jp-RenderedMarkdown table { margin-inline: 0; table-layout: auto; }
    .jp-RenderedMarkdown table:has(th:nth-child(2):last-child) { width: min(100%, 42em); }
    .jp-RenderedMarkdown table :is(td, th):first-child:nth-last-child(2) { width: 35%; }
    .jp-RenderedMarkdown table th:not([align]) { text-align: left; }
    .jp-RenderedMarkdown table.${IDS} :is(td, th):first-child { width: 1%; white-space: nowrap; }
    @media (min-width: ${PHONE + 1}px) {
      .jp-RenderedMarkdown table.${NAMES} :is(td, th):first-child { width: 1%; white-space: nowrap; }
    }
    .jp-RenderedMarkdown details + p { margin-top: 1.8em; }
    .jp-RenderedMarkdown summary { margin-left: 1.2em; list-style-position: outside; }
    @media (min-width: ${NARROW + 1}px) {
      table.dataframe thead th:first-child wbr { display: none; }
    }
    @media (max-width: ${NARROW}px) {
      .jp-Notebook .jp-WindowedPanel-viewport { padding: 2px; }
      .jp-Notebook .jp-Cell { padding: 4px 1px; }
      .jp-RenderedHTMLCommon blockquote { margin: 1em 0 1em 8px; }
      .jp-RenderedHTMLCommon table :is(td, th) { padding: 4px 6px; }
      .jp-RenderedHTMLCommon code { overflow-wrap: anywhere; }
      .jp-RenderedHTMLCommon table code { overflow-wrap: break-word; }
      .jp-Placeholder, .jp-Placeholder-content { display: block; min-width: 0; }
      .jp-Placeholder-prompt { display: none; }
      .jp-PlaceholderText { text-overflow: ellipsis; max-width: calc(100vw - 100px); }
      .jp-Placeholder-content .jp-MoreHorizIcon { flex: none; }
      .jp-RenderedHTMLCommon.jp-RenderedMarkdown pre {
        --jp-cell-editor-background: var(--jp-layout-color0); margin-inline: 8px 0;
      }
      .jp-RenderedHTMLCommon.jp-RenderedMarkdown pre code { background: none; }
      .jp-CodeCell .cm-scroller, .jp-RenderedHTMLCommon.jp-RenderedMarkdown pre {
        background:
          linear-gradient(to left, var(--jp-cell-editor-background) 40%, transparent)
            right / 40px 100% no-repeat local,
          linear-gradient(to left, rgb(0 0 0 / 0.3), transparent)
            right / 14px 100% no-repeat scroll;
      }
      .jp-RenderedHTMLCommon table.dataframe { font-size: 13px !important; }
      .jp-RenderedHTMLCommon table.dataframe :is(td, th) { min-width: 0 !important; }
      .jp-RenderedHTMLCommon table.dataframe :is(thead th, .phrase) { white-space: normal !important; }
      .${SMALL} { overflow-x: auto; margin-inline: 0; }
      .${SMALL} img { cursor: zoom-in; }
      .${SMALL} img.${LARGE} { cursor: zoom-out; max-width: none; }
      .${SMALL}::after {
        content: "Tap the picture to enlarge it."; display: block; position: sticky; left: 0;
        font-size: var(--jp-ui-font-size1); color: var(--jp-ui-font-color2);
      }
      .${SMALL}:has(img.${LARGE})::after { content: "Tap the picture to see the whole of it."; }
    }
    @media (max-width: ${PHONE}px) {
      .${CARDS}, .${CARDS} :is(tbody, tr, .${LINE}) { display: block; width: auto !important; }
      .${CARDS} thead { position: absolute; clip-path: inset(50%); }
      .${CARDS} tbody tr { padding: 6px 0; text-align: left !important; }
      .${CARDS} tbody :is(td, th) {
        text-align: left !important; white-space: normal !important; max-width: none !important;
        padding: 1px 6px;
      }
      .${CARDS} tbody :is(td, th):not(.${LINE}) { display: inline-block; }
      .${CARDS} [data-head]:not(:empty)::before {
        content: attr(data-head) ": "; color: var(--jp-ui-font-color2); font-weight: normal;
      }
    }`;

  /** Let a table with prose, or with more than there is room for, show its rows as cards. */
  const deal = (table) => {
    const heads = [...table.querySelectorAll("thead tr:last-child > *")];
    const rows = [...table.querySelectorAll("tbody tr")];
    const longest = heads.map((_, at) => {
      return Math.max(0, ...rows.map((row) => row.cells[at]?.textContent.trim().length ?? 0));
    });
    if (!table.matches(".dataframe")) {
      const first = Math.max(heads[0]?.textContent.trim().length ?? 0, longest[0] ?? 0);
      table.classList.toggle(NAMES, first <= NAME);
      table.classList.toggle(IDS, first <= ID);
    }
    const room = table.parentElement.clientWidth;
    const fits = Math.max(...longest) <= LONG && !(room && table.offsetWidth > room + 2);
    table.dataset.seen = "";
    if (heads.length < (table.matches(".dataframe") ? 2 : 3) || fits) return;
    table.classList.add(CARDS);
    // What is no longer laid out as a table says that it is one.
    table.role = "table";
    for (const head of heads) head.role = "columnheader";
    for (const row of rows) {
      row.role = "row";
      for (const [at, cell] of [...row.cells].entries()) {
        cell.role = cell.tagName === "TH" ? "rowheader" : "cell";
        if (heads[at]?.textContent.trim()) cell.dataset.head = heads[at].textContent.trim();
        cell.classList.toggle(LINE, longest[at] > SHORT);
      }
    }
  };

  /** Tell a picture that is drawn for more room than it has. */
  const measure = (image) => {
    const width = Number(image.getAttribute("width")) || image.naturalWidth; // a diagram's, a chart's
    image.parentElement.classList.toggle(SMALL, width > image.parentElement.clientWidth + 2);
  };

  /** Enlarge a tapped picture, or show the whole of it again. */
  const enlarge = ({target}) => {
    if (target.matches(`.${SMALL} img`) && window.innerWidth < NARROW) {
      target.classList.toggle(LARGE);
    }
  };

  const plugin = {
    id: "summit-look:plugin",
    autoStart: true,
    activate: (app) => {
      document.head.append(Object.assign(document.createElement("style"), {textContent: STYLE}));
      document.body.addEventListener("click", enlarge);
      const each = `${PICTURES} img`;
      const loaded = ({target}) => target.matches?.(each) && measure(target);
      document.body.addEventListener("load", loaded, {capture: true});
      window.addEventListener("resize", () => {
        requestAnimationFrame(() => {
          document.querySelectorAll(each).forEach(measure);
          document.querySelectorAll(TABLES).forEach(deal);
        });
      });
      app.restored.then(() => {
        arrange(app.shell);
        let wasNarrow = window.innerWidth < NARROW;
        window.addEventListener("resize", () => {
          const isNarrow = window.innerWidth < NARROW;
          if (isNarrow !== wasNarrow) arrange(app.shell);
          wasNarrow = isNarrow;
        });
      });
      new MutationObserver(() => {
        document.querySelectorAll(".jp-RenderedSVG img:not([alt])").forEach(describe);
        document.querySelectorAll(`${TABLES}:not([data-seen])`).forEach(deal);
      }).observe(document.body, {childList: true, subtree: true});
    },
  };

  (window._JUPYTERLAB ??= {})["summit-look"] = {
    init: () => {},
    get: (module) => {
      const known = {"./extension": {default: plugin, __esModule: true}};
      return Promise.resolve(() => known[module]);
    },
  };
})();
