// An extension of JupyterLab, written by hand: no build, and nothing but what stands here.
(() => {
  const NARROW = 760; // pixels; with less, a side panel leaves no room for the notebook
  const SMALL = "summit-look-small"; // around a picture that is drawn for more room than it has
  const LARGE = "summit-look-large"; // a picture that a tap has enlarged
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
  const STYLE = `
    ${PICTURES} img { max-width: 100%; height: auto; }
    .jp-RenderedText pre { word-break: normal; overflow-wrap: anywhere; }
    .jp-RenderedHTMLCommon table.dataframe td { overflow-wrap: break-word; }
    @media (max-width: ${NARROW}px) {
      .jp-Notebook .jp-WindowedPanel-viewport { padding: 2px; }
      .jp-Notebook .jp-Cell { padding: 4px 1px; }
      .jp-RenderedHTMLCommon blockquote { margin: 1em 0 1em 8px; }
      .jp-RenderedHTMLCommon table :is(td, th) { padding: 4px 6px; }
      .jp-RenderedHTMLCommon code { overflow-wrap: anywhere; }
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
    }`;

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
        requestAnimationFrame(() => document.querySelectorAll(each).forEach(measure));
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
