// The telephone on the operator's desk: what rings at this person's telephone stands in a bar above the page. An empty
// start page opens the draft by itself; any other page is left alone and only offers it, for somebody may be typing there.
// On the desk the bar stands below the form: nothing may move under a hand that is filling it in.
(function () {
  "use strict";
  var tool = window.tonghu, bar = document.getElementById("calls-now");
  if (!bar || !tool) { return; }
  var asked = 0, last = "", own = window.location.pathname, OPENED = "tonghu-opened";

  var foot = document.querySelector(".desk .decide");
  if (foot && window.matchMedia("(min-width: 900px)").matches) { foot.parentNode.insertBefore(bar, foot); }

  /** The badge of a draft tells how its own call stands. */
  function tellBadge(ring) {
    var badge = document.querySelector(".callbar .live");
    var words = { ringing: "振铃中", talking: "通话中" }[ring.dataset.state] || "已挂断";
    if (!badge) { return; }
    badge.textContent = words;
    badge.classList.toggle("idle", words === "已挂断");
  }

  /** Whether anything on the page was typed or is being typed. */
  function typing() {
    var active = document.activeElement;
    if (active && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName)) { return true; }
    return Array.prototype.some.call(document.querySelectorAll("main input, main textarea"), function (field) {
      return field.type !== "hidden" && field.type !== "checkbox" && field.type !== "radio" && field.value !== field.defaultValue;
    });
  }

  /** Opens a draft once: whoever goes back to the start page while it still rings has a reason. Only its address is kept. */
  function openOnce(address) {
    try {
      if (window.sessionStorage.getItem(OPENED) === address) { return; }
      window.sessionStorage.setItem(OPENED, address);
    } catch (error) { return; }
    window.location.assign(address);
  }

  function place(html) {
    if (last === html) { return; }
    last = html;
    bar.innerHTML = html;
    Array.prototype.forEach.call(bar.querySelectorAll(".ring"), function (ring) {
      var here = ring.dataset.draft === own;
      if (here) { tellBadge(ring); }
      // While it rings and is spoken the desk itself shows everything; that it is over only the badge tells.
      if (ring.dataset.state === "ended" || (here && !ring.classList.contains("gone"))) { ring.parentNode.removeChild(ring); }
    });
    bar.hidden = bar.children.length === 0;
    var first = bar.querySelector("[data-open]");
    if (first && own === "/intake" && !typing()) { openOnce(first.getAttribute("href")); }
  }

  function ask() {
    var mine = ++asked;
    window.fetch("/calls/now", { credentials: "same-origin", redirect: "manual", headers: { "HX-Request": "true", "Accept": "text/html" } })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (html) { if (mine === asked) { place(html.trim()); } })
      .catch(function () { /* the next ring asks again */ });
  }

  document.addEventListener("tonghu:call", ask);
  document.addEventListener("keydown", function (event) {
    if (tool.composing(event) || !event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyJ") { return; }
    var link = bar.querySelector("[data-open]");
    if (link) { event.preventDefault(); link.click(); }
  });
  // A caller who gave up is told for a minute.
  window.setInterval(function () { if (!bar.hidden) { ask(); } }, 20000);
  ask();
}());
