// An extension of JupyterLab, written by hand: no build, and nothing but what stands here.
(() => {
  const NARROW = 760; // pixels; with less, a side panel leaves no room for the notebook
  const SEEN = "summit-look:seen"; // the learner's own arrangement counts from the second time on

  /** Show the notebook alone where there is little room, else the contents of the page beside it. */
  const arrange = (shell) => {
    const isNarrow = window.innerWidth < NARROW;
    shell.mode = isNarrow ? "single-document" : "multiple-document";
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
  const STYLE = `
    .jp-RenderedSVG img, .jp-RenderedMermaid img { max-width: 100%; height: auto; }
    .jp-RenderedHTMLCommon table.dataframe td { overflow-wrap: anywhere; }
    @media (max-width: ${NARROW}px) {
      .jp-RenderedHTMLCommon table.dataframe :is(td, th) { min-width: 0 !important; }
    }`;

  const plugin = {
    id: "summit-look:plugin",
    autoStart: true,
    activate: (app) => {
      document.head.append(Object.assign(document.createElement("style"), {textContent: STYLE}));
      app.restored.then(() => {
        arrange(app.shell);
        let wasNarrow = window.innerWidth < NARROW;
        window.addEventListener("resize", () => {
          const isNarrow = window.innerWidth < NARROW;
          if (isNarrow && !wasNarrow) arrange(app.shell);
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
