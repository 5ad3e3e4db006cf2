// Search on pages that are opened from disk.
//
// Browsers refuse to start a Worker from a file: URL. The theme's search is such a worker. This shim runs the worker's
// script in a hidden iframe and passes messages in both directions; it has the part of the Worker interface that the
// search in English uses. The theme's plug-in `offline` would load a similar shim (squidfunk/iframe-worker, MIT) from
// unpkg.com.
if (location.protocol === "file:") {
  window.Worker = class IframeWorker extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const scope = frame.contentWindow;
      scope.document.open(); // Firefox would otherwise replace the empty document after its script was added
      scope.document.write("<body></body>");
      scope.document.close();
      // In a worker, postMessage sends to the page that started it; in an iframe, to the iframe itself.
      scope.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const script = scope.document.createElement("script");
      const loaded = new Promise((resolve) => script.addEventListener("load", resolve));
      script.src = url;
      scope.document.body.append(script);
      this.postMessage = (data) =>
        loaded.then(() => scope.dispatchEvent(new MessageEvent("message", { data: structuredClone(data) })));
    }
  };
}
