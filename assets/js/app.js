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
}());
