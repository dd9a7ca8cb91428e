// Place search: turns `<div class="combo" data-combobox="URL"><input name="x_text"><input type="hidden" name="x"></div>`
// into an ARIA combobox over `GET URL?q=` → [{code, name, path, tier}]. Without script the text is posted as typed and the
// server resolves it. Typing after a choice clears the code. Fires `change` on the hidden input when the code changes.
(function () {
  "use strict";
  var serial = 0;

  function label(row) {
    return !row.path || row.path === row.name ? row.name
      : row.path.slice(-row.name.length) === row.name ? row.path : row.path + " " + row.name;
  }

  function Combo(box) {
    var input = box.querySelector("input:not([type=hidden])");
    var code = box.querySelector("input[type=hidden]");
    var list = document.createElement("ul");
    var said = document.createElement("span");
    var rows = [], active = -1, moved = false, timer = 0, asked = 0, id = "combo-" + (++serial);

    list.id = id;
    list.className = "options";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "地点");
    list.hidden = true;
    said.className = "vh";
    said.setAttribute("role", "status");
    box.appendChild(list);
    box.appendChild(said);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", id);

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(index) {
      active = index;
      Array.prototype.forEach.call(list.children, function (item, i) {
        item.setAttribute("aria-selected", i === index ? "true" : "false");
      });
      var item = list.children[index];
      if (item) {
        input.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      } else {
        input.removeAttribute("aria-activedescendant");
      }
    }

    function setCode(value) {
      if (code.value === value) { return; }
      code.value = value;
      code.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function choose(index) {
      var row = rows[index];
      if (!row) { return; }
      input.value = label(row);
      setCode(row.code);
      close();
    }

    function show(found) {
      rows = found;
      moved = false;
      list.textContent = "";
      found.forEach(function (row, i) {
        var item = document.createElement("li"), name = document.createElement("span"), tier = document.createElement("span");
        item.id = id + "-" + i;
        item.setAttribute("role", "option");
        name.textContent = label(row);
        tier.textContent = row.tier || "";
        item.appendChild(name);
        item.appendChild(tier);
        list.appendChild(item);
      });
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", found.length ? "true" : "false");
      said.textContent = found.length ? "找到 " + found.length + " 处，用上下键选择" : "没有找到，可照原话写下";
      mark(found.length ? 0 : -1);
    }

    function ask() {
      var q = input.value.trim(), mine = ++asked;
      if (!q) { close(); return; }
      fetch(box.dataset.combobox + "?q=" + encodeURIComponent(q), { credentials: "same-origin", headers: { Accept: "application/json" } })
        .then(function (r) { return r.ok ? r.json() : []; })
        .then(function (found) { if (mine === asked && document.activeElement === input) { show(found); } })
        .catch(close);
    }

    function later() {
      setCode("");
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    }

    input.addEventListener("input", function (event) { if (!event.isComposing) { later(); } });
    input.addEventListener("compositionend", later);
    input.addEventListener("keydown", function (event) {
      if (window.tonghu.composing(event)) { return; }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) { ask(); return; }
        var step = event.key === "ArrowDown" ? 1 : -1;
        moved = true;
        mark((active + step + rows.length) % rows.length);
      } else if (list.hidden) {
        return;
      } else if (event.key === "Enter" && !event.ctrlKey) {
        event.preventDefault();
        choose(active);
      } else if (event.key === "Tab") {
        // Leaving the field takes a row only when the person pointed at it or there is no other.
        if (moved || rows.length === 1) { choose(active); }
      } else if (event.key === "Escape") {
        event.stopPropagation();
        close();
      }
    });
    input.addEventListener("blur", function () { asked += 1; clearTimeout(timer); close(); });
    list.addEventListener("mousedown", function (event) {
      event.preventDefault();
      var item = event.target.closest("li");
      if (item) { choose(Array.prototype.indexOf.call(list.children, item)); }
    });
  }

  function start(root) {
    root.querySelectorAll("[data-combobox]:not([data-ready])").forEach(function (box) {
      box.dataset.ready = "1";
      Combo(box);
    });
  }
  start(document);
  document.addEventListener("htmx:load", function (event) { start(event.target); });
}());
