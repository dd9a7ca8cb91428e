// The intake desk. Everything here is an addition: the page also works by its buttons alone.
// Talks to: POST /intake/{id}/draft (JSON {saved_at, version}), /advice, /caller, /emergency, /candidate, and to
// /knowledge/find and /reports/{id}/referrals (HTML fragments).
// Nothing a caller said is kept in the browser: no storage, no address, no history.
(function () {
  "use strict";
  var tool = window.tonghu;
  var form = document.getElementById("intake");
  if (!form || !tool) { return; }
  var base = form.getAttribute("action");
  var byId = function (id) { return document.getElementById(id); };
  var leaving = false;

  // Timer: the server's clock at page load plus the time since, so a wrong desktop clock does no harm.
  (function () {
    var node = byId("timer");
    var start = Date.parse(node.dataset.startedAt), now = Date.parse(node.dataset.now);
    if (isNaN(start) || isNaN(now)) { return; }
    var shift = now - performance.now();
    function two(n) { return (n < 10 ? "0" : "") + n; }
    function tick() {
      var s = Math.max(0, Math.floor((shift + performance.now() - start) / 1000)), h = Math.floor(s / 3600);
      node.textContent = (h ? h + ":" : "") + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
    }
    tick();
    setInterval(tick, 1000);
  }());

  // Draft: saved one second after the last change; on failure again after 2, 4, 8 … 60 s. One request at a time.
  var draft = (function () {
    var state = byId("draft-state"), timer = 0, wait = 0, dirty = false, busy = false, running = Promise.resolve();

    function say(text, bad) {
      state.textContent = text;
      state.classList.toggle("bad", Boolean(bad));
    }
    function plan(ms) { clearTimeout(timer); timer = setTimeout(send, ms); }
    function failed(error) {
      dirty = true;
      wait = Math.min(60000, wait ? wait * 2 : 2000);
      say(error && error.signedOut ? "登录已过期，草稿未保存。在新窗口登录后自动继续" : "草稿未保存，正在重试", true);
      plan(wait);
    }
    function send() {
      if (busy || !dirty || leaving) { return; }
      busy = true;
      dirty = false;
      running = tool.post(base + "/draft", tool.fieldsOf(form)).then(function (r) {
        if (r.status === 409) {
          say("此单已在别处修改，刷新后再填", true);
          return null;
        }
        if (!r.ok) { throw new Error("draft " + r.status); }
        return r.json().then(function (answer) {
          wait = 0;
          if (answer.version !== undefined) { setVersion(answer.version); }
          say("草稿已保存 " + answer.saved_at);
        });
      }).catch(failed).then(function () {
        busy = false;
        if (dirty && !wait) { plan(1000); }
      });
    }
    // A closing tab: the browser finishes this request on its own.
    window.addEventListener("pagehide", function () {
      if (dirty && !leaving) { tool.post(base + "/draft", tool.fieldsOf(form), { keepalive: true }).catch(function () {}); }
    });
    return {
      touch: function () { dirty = true; if (!wait) { plan(1000); } },
      stop: function () { clearTimeout(timer); },
      busy: function () { return busy; },
      then: function (run) { running.then(run); }
    };
  }());

  function setVersion(value) {
    document.querySelectorAll('input[name="version"]').forEach(function (input) { input.value = value; });
  }

  // Panels. A late answer is dropped; a panel that holds the focus is replaced only after the focus has left it.
  function Panel(id) {
    var box = byId(id), asked = 0, last = "";
    function put(html) {
      if (html === last) { return; }
      last = html;
      box.innerHTML = html;
      if (window.htmx) { window.htmx.process(box); }
    }
    function placed(html, force) {
      if (!force && box.contains(document.activeElement)) {
        box.addEventListener("focusout", function () { setTimeout(function () { placed(html); }, 0); }, { once: true });
        return;
      }
      put(html);
      box.dispatchEvent(new Event("tonghu:placed"));
    }
    return {
      box: box,
      load: function (url, fields, force) {
        var mine = ++asked;
        return tool.post(url, fields).then(function (r) {
          if (r.status === 204 || (!r.ok && r.status !== 422)) { return; }
          return r.text().then(function (html) { if (mine === asked) { placed(html, force); } });
        }).catch(function () { /* the draft line tells about a lost connection */ });
      }
    };
  }
  var advice = Panel("advice"), caller = Panel("caller"), emergency = Panel("emergency");
  var panels = { advice: advice, emergency: emergency, referral: Panel("referral"), knowledge: Panel("knowledge") };

  function later(ms, run) {
    var timer = 0;
    return function () { clearTimeout(timer); timer = setTimeout(run, ms); };
  }
  var askAdvice = later(400, function () { advice.load(base + "/advice", tool.fieldsOf(form)); });
  var askCaller = later(500, function () {
    var digits = byId("caller_phone").value.normalize("NFKC").replace(/\D/g, "");
    if (digits.length >= 7) { caller.load(base + "/caller", { caller_phone: byId("caller_phone").value }); }
  });
  advice.box.addEventListener("tonghu:placed", function () {
    var card = byId("advice-card"), said = byId("advice-said");
    if (card && said.textContent !== card.dataset.said) { said.textContent = card.dataset.said; }
    checkLevel();
  });
  caller.box.addEventListener("tonghu:placed", function () {
    var node = caller.box.querySelector("[data-summary]");
    byId("caller-summary").textContent = node ? node.dataset.summary : "";
  });

  // A level below the suggestion needs a reason; 1 is the most urgent.
  function checkLevel() {
    var card = byId("advice-card"), chosen = Number(byId("urgency").value), suggested = Number(card ? card.dataset.level : 0);
    byId("urgency_reason").closest(".field").classList.toggle("bad", chosen > 0 && suggested > 0 && chosen > suggested);
  }

  // Red lines: the bar says which answer it was and offers F9; nothing moves and nothing takes the focus.
  function checkRedLines() {
    var hits = document.querySelectorAll("[data-red] input[data-danger]:checked");
    var words = Array.prototype.map.call(hits, function (input) { return input.name.slice(1); });
    var text = words.length ? "红线 " + words.join("、") + "：立即联动" : "";
    byId("safe").classList.toggle("hot", words.length > 0);
    if (byId("safe-hit").textContent !== text) { byId("safe-hit").textContent = text; }
  }

  function changed(event) {
    var target = event.target;
    if (!target.form || target.form !== form || event.isComposing) { return; }
    draft.touch();
    askAdvice();
    if (target.id === "caller_phone") { askCaller(); }
    if (target.id === "urgency") { checkLevel(); }
    if (target.type === "radio") { checkRedLines(); }
  }
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  document.addEventListener("compositionend", changed);

  // Children: a row is copied from the first one and emptied; empty rows are ignored by the server.
  function removable(button, n) {
    button.textContent = "移除";
    button.setAttribute("aria-label", "移除儿童 " + n);
    button.removeAttribute("data-add-child");
    button.setAttribute("data-remove-child", "");
  }
  byId("kids").querySelectorAll(".kid + .kid").forEach(function (row, i) {
    var button = byId("kids").querySelector("[data-add-child]").cloneNode(true);
    removable(button, i + 2);
    row.appendChild(button);
  });
  byId("kids").addEventListener("click", function (event) {
    var remove = event.target.closest("[data-remove-child]");
    if (remove) {
      event.preventDefault();
      remove.closest(".kid").remove();
      byId("child_name_1").focus();
      draft.touch();
      askAdvice();
      return;
    }
    if (!event.target.closest("[data-add-child]")) { return; }
    event.preventDefault();
    var rows = byId("kids").querySelectorAll(".kid"), n = rows.length + 1;
    while (byId("child_name_" + n)) { n += 1; }
    var row = rows[0].cloneNode(true);
    row.setAttribute("aria-label", "儿童 " + n);
    row.querySelectorAll(".err").forEach(function (node) { node.remove(); });
    row.querySelectorAll("[id]").forEach(function (node) {
      node.id = node.id.replace(/_1$/, "_" + n);
      if ("value" in node) { node.value = node.tagName === "SELECT" ? "0" : ""; }
      node.removeAttribute("aria-invalid");
      node.removeAttribute("aria-describedby");
    });
    row.querySelectorAll("label").forEach(function (node) { node.htmlFor = node.htmlFor.replace(/_1$/, "_" + n); });
    removable(row.querySelector("button"), n);
    byId("kids").appendChild(row);
    byId("child_name_" + n).focus();
  });

  // Buttons and forms that answer with a fragment instead of a page.
  document.addEventListener("submit", function (event) {
    var button = event.submitter, sent = event.target;
    var kind = (button && button.dataset.fragment) || sent.dataset.fragment;
    if (!kind) { return; }
    event.preventDefault();
    var fields = tool.fieldsOf(sent);
    if (button && button.name) { fields.append(button.name, button.value); }
    var url = (button && button.getAttribute("formaction")) || sent.getAttribute("action");
    if (kind === "knowledge") { askKnowledge(); return; }
    panels[kind].load(url, fields, true);
  }, true);

  // The knowledge base: searched while it is typed; the words of an article go into the answer after what stands there,
  // and its number and version go with them.
  var search = byId("knowledge_q");
  var asked = "";
  function askKnowledge() {
    asked = search.value;
    panels.knowledge.load("/knowledge/find", {
      q: search.value, case_type: byId("case_types").value.slice(0, 4), demand_type: byId("demand_type").value
    }, true);
  }
  var searchLater = later(300, function () { if (search.value !== asked) { askKnowledge(); } });
  search.addEventListener("input", function (event) { if (!event.isComposing) { searchLater(); } });
  search.addEventListener("compositionend", searchLater);
  function insert(button) {
    var answer = byId("answer"), list = byId("articles"), kept = answer.value.replace(/\s+$/, "");
    if (kept.indexOf(button.dataset.text) < 0) { answer.value = kept ? kept + "\n" + button.dataset.text : button.dataset.text; }
    var known = Array.prototype.some.call(list.querySelectorAll("input"), function (input) { return input.value === button.dataset.cite; });
    if (!known) {
      var label = document.createElement("label"), input = document.createElement("input");
      label.className = "check";
      input.type = "checkbox";
      input.name = "articles";
      input.value = button.dataset.cite;
      input.checked = true;
      input.setAttribute("form", "intake");
      label.appendChild(input);
      label.appendChild(document.createTextNode("依据 " + button.dataset.title + "（" + button.dataset.cite.replace(":", " 第 ") + " 版）"));
      list.appendChild(label);
    }
    answer.focus();
    answer.setSelectionRange(answer.value.length, answer.value.length);
    draft.touch();
  }
  byId("knowledge").addEventListener("click", function (event) {
    var button = event.target.closest("[data-insert]");
    if (button) { event.preventDefault(); insert(button); }
  });

  // F9: the start is recorded at once, the caller stays on the line; then the panel asks who was joined.
  function startEmergency() {
    var fields = tool.fieldsOf(form);
    fields.append("step", "start");
    emergency.load(base + "/emergency", fields, true).then(function () {
      var field = byId("emergency_receipt");
      if (field) { field.focus(); }
    });
  }
  byId("do-emergency").addEventListener("click", function (event) {
    event.preventDefault();
    startEmergency();
  });

  var waiting = false;
  // Every way of finishing a call ends the draft; a failed page load brings the page back with what was typed.
  form.addEventListener("submit", function (event) {
    if (event.defaultPrevented) { return; }
    leaving = true;
    draft.stop();
    // A draft on its way would raise the version under the submission: let it arrive first.
    var button = event.submitter;
    if (draft.busy() && button && form.requestSubmit) {
      event.preventDefault();
      if (!waiting) { waiting = true; draft.then(function () { waiting = false; form.requestSubmit(button); }); }
    }
  });
  window.addEventListener("pageshow", function () { leaving = false; });

  document.addEventListener("keydown", function (event) {
    if (tool.composing(event) || event.metaKey) { return; }
    var quick = byId("quick");
    // Alt with a letter that no browser takes for a menu: K knowledge, I insert, J another line.
    if (event.altKey) {
      if (event.ctrlKey || event.shiftKey) { return; }
      if (event.code === "KeyK") {
        event.preventDefault();
        quick.open = true;
        search.focus();
        search.select();
      } else if (event.code === "KeyI") {
        var hit = document.activeElement && document.activeElement.closest("[data-insert]");
        hit = hit || byId("knowledge").querySelector("[data-insert]");
        if (hit) { event.preventDefault(); insert(hit); }
      } else if (event.code === "KeyJ") {
        event.preventDefault();
        byId("refer").open = true;
        byId("refer").scrollIntoView({ block: "nearest" });
        byId("referral_line").focus();
      }
      return;
    }
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      var handed = byId("referral");
      if (handed.contains(document.activeElement)) { handed.querySelector(".btn.go").click(); } else if (quick.contains(document.activeElement)) { quick.querySelector(".btn.go").click(); } else { byId("do-route").click(); }
    } else if (event.key === "Enter" && event.target.form === form && event.target.tagName === "INPUT" && !event.defaultPrevented) {
      event.preventDefault();
    } else if (event.ctrlKey || event.shiftKey) {
      return;
    } else if (event.key === "F2") {
      event.preventDefault();
      byId("caller_phone").focus();
      byId("caller_phone").select();
    } else if (event.key === "F4") {
      event.preventDefault();
      quick.open = true;
      byId("inquiry").focus();
    } else if (event.key === "F8") {
      event.preventDefault();
      byId("do-hold").click();
    } else if (event.key === "F9") {
      event.preventDefault();
      startEmergency();
    }
  });

  checkRedLines();
  checkLevel();
}());
