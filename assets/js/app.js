// Loaded on every page. Pages work without it; this adds: the CSRF header on htmx and fetch requests, a guard against
// double submits, focus on the error summary, and `window.tonghu.post` for the desk and field scripts.
(function () {
  "use strict";

  var meta = document.querySelector('meta[name="csrf-token"]');
  var token = meta ? meta.content : "";

  /** POSTs form-encoded fields; resolves with the Response, rejects when the network fails or the session has ended.
   *  The `HX-Request` header tells the server that a fragment is wanted, not a page. */
  function post(url, fields, options) {
    var init = Object.assign({
      method: "POST",
      body: fields instanceof URLSearchParams ? fields : new URLSearchParams(fields),
      credentials: "same-origin",
      redirect: "manual",
      headers: { "X-CSRF-Token": token, "HX-Request": "true", "Accept": "text/html, application/json" }
    }, options || {});
    return fetch(url, init).then(function (response) {
      if (response.type === "opaqueredirect" || response.status === 401) {
        var gone = new Error("session ended");
        gone.signedOut = true;
        throw gone;
      }
      return response;
    });
  }

  /** The fields of a form as URLSearchParams; files are left out. */
  function fieldsOf(form) {
    var out = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string") { out.append(name, value); }
    });
    return out;
  }

  /** True while an input method is composing: keys then belong to it. */
  function composing(event) {
    return event.isComposing || event.keyCode === 229;
  }

  window.tonghu = { post: post, fieldsOf: fieldsOf, composing: composing };

  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRF-Token"] = token;
  });

  // One submit per page view. Buttons are only marked: a disabled button would lose its name and value.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.querySelectorAll("button").forEach(function (b) { b.setAttribute("aria-disabled", "true"); });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button[aria-disabled]").forEach(function (b) { b.removeAttribute("aria-disabled"); });
    });
  });

  // Dates are typed as 2026-11-23 (09:12); a calendar that the browser has lies over the right end of the field.
  document.querySelectorAll("input[data-pick]").forEach(function (field) {
    var calendar = document.createElement("input");
    calendar.type = field.dataset.pick;
    if (calendar.type !== field.dataset.pick) { return; }
    var label = document.querySelector('label[for="' + field.id + '"]');
    calendar.tabIndex = -1;
    calendar.setAttribute("aria-label", "打开日历：" + (label ? label.firstChild.textContent.trim() : ""));
    calendar.addEventListener("click", function () {
      calendar.value = field.value.trim().replace(" ", "T");
      try { calendar.showPicker(); } catch (error) { /* older browsers open it by the click itself */ }
    });
    calendar.addEventListener("change", function () {
      if (!calendar.value) { return; }
      field.value = calendar.value.replace("T", " ");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
    field.parentNode.appendChild(calendar);
    field.parentNode.classList.add("on");
  });

  var summary = document.getElementById("error-summary");
  if (summary) {
    summary.focus();
    summary.addEventListener("click", function (event) {
      var link = event.target.closest ? event.target.closest("a[href^='#']") : null;
      var field = link && document.getElementById(link.getAttribute("href").slice(1));
      if (!field) { return; }
      event.preventDefault();
      var label = field.closest("fieldset, .field") || field;
      label.scrollIntoView({ block: "start" });
      field.focus({ preventScroll: true });
    });
  }

  // Times and dates are typed as text; a touch screen gets the device's own picker unless something else stands there.
  if (window.matchMedia && window.matchMedia("(pointer: coarse)").matches) {
    document.querySelectorAll("input[data-picker]").forEach(function (input) {
      if (input.value && !/^\d{4}-\d\d-\d\d([ T]\d\d:\d\d)?$/.test(input.value)) { return; }
      var value = input.value.replace(" ", "T");
      input.type = input.dataset.picker;
      input.value = value;
    });
  }

  // A chosen file is told by its name, in the page's own words.
  document.querySelectorAll(".file > input").forEach(function (input) {
    var name = input.parentNode.querySelector(".file-name");
    input.addEventListener("change", function () {
      name.textContent = input.files.length ? input.files[0].name : "未选择文件";
    });
  });

  // The way back from a problem page: the page before is fetched afresh.
  document.querySelectorAll("[data-back]").forEach(function (button) {
    button.hidden = window.history.length < 2;
    button.addEventListener("click", function () { window.history.back(); });
  });

  // Long work goes on by itself, stretch by stretch, until somebody presses Escape or leaves the page.
  var goOn = document.querySelector("button[data-go-on]");
  if (goOn) {
    var going = setTimeout(function () { goOn.click(); }, 1500);
    var words = document.querySelector("[data-going]");
    if (words) { words.textContent = "自动继续，按 Esc 键暂停；离开本页即停，已导入的不受影响。"; }
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape") { return; }
      clearTimeout(going);
      if (words) { words.textContent = "已暂停，按「继续导入」接着办。"; }
    });
  }

  // Buttons that print the page, and drop-downs made of <details> that Escape closes.
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-print]")) { window.print(); }
    document.querySelectorAll("details.pop[open]").forEach(function (pop) {
      if (!pop.contains(event.target)) { pop.open = false; }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || composing(event)) { return; }
    var pop = document.querySelector("details.pop[open]");
    if (pop) { pop.open = false; pop.querySelector("summary").focus(); }
  });

  // A board that could not be asked for again says so: old figures must not be taken for those of now.
  function old(on) {
    document.querySelectorAll("[data-old]").forEach(function (note) { note.hidden = !on; });
  }
  document.addEventListener("htmx:responseError", function () { old(true); });
  document.addEventListener("htmx:sendError", function () { old(true); });
  document.addEventListener("htmx:afterSwap", function () { old(false); });

  // The badge of unread notices. A page listens while it is looked at: a hidden one gives its connection back.
  var bell = document.getElementById("bell-count");
  var source = null, lastSeen = "";

  function ringing(event) {
    var told = JSON.parse(event.data);
    lastSeen = event.lastEventId || lastSeen;
    bell.textContent = told.unread > 99 ? "99+" : String(told.unread);
    bell.hidden = told.unread === 0;
    if (event.type === "notice") {
      document.getElementById("bell-said").textContent = "新通知：" + told.title + " " + told.number;
    }
  }

  function called() { document.dispatchEvent(new CustomEvent("tonghu:call")); }

  function listen() {
    if (source || document.visibilityState === "hidden") { return; }
    source = new EventSource("/notices/stream" + (lastSeen ? "?after=" + encodeURIComponent(lastSeen) : ""));
    source.addEventListener("count", ringing);
    source.addEventListener("notice", ringing);
    // The telephone: what rings is asked for anew, also after an interruption in which it may have rung.
    source.addEventListener("call", called);
    source.addEventListener("open", called);
    source.addEventListener("error", function () {
      // While it is only interrupted the browser comes back by itself.
      if (source && source.readyState === EventSource.CLOSED) { source = null; window.setTimeout(listen, 30000); }
    });
  }

  function hush() {
    if (source) { source.close(); source = null; }
  }

  if (bell && window.EventSource) {
    listen();
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") { hush(); } else { listen(); }
    });
    window.addEventListener("pagehide", hush);
    window.addEventListener("pageshow", listen);
  }
}());
