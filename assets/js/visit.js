// Phone forms: one step at a time, the emergency number at once on a red-line answer, photos made small before upload.
// Without script the form is one long page and works the same.
//
//   <form data-steps>                      each <section data-step> becomes a step; its first h2 is the step's name
//   <div data-steps-head></div>            gets 「第 2 步，共 4 步」 and a progress bar
//   <button data-prev> <button data-next> and the submit button sit in .actions.stick
//   <div data-when="seen=no">              shows only while that answer is chosen; without script it is always there
//   <input type="radio" data-danger>       when chosen, the [data-call-now] block (hidden at first, holds the tel: link) shows
//   <input type="file" data-shrink>        images are re-encoded as JPEG, at most 1600 px on the long side, without EXIF
//   <output data-shrink-state="input id">  says what happened to the photos
(function () {
  "use strict";
  var LONG_SIDE = 1600, QUALITY = 0.82;

  function Steps(form) {
    var steps = Array.prototype.slice.call(form.querySelectorAll("[data-step]"));
    var prev = form.querySelector("[data-prev]"), next = form.querySelector("[data-next]");
    var submit = form.querySelector("button[type=submit], button:not([type])");
    var head = form.querySelector("[data-steps-head]");
    if (steps.length < 2 || !prev || !next || !submit) { return; }
    var at = 0, words = document.createElement("span"), bar = document.createElement("progress");
    words.setAttribute("role", "status");
    bar.max = steps.length;
    bar.setAttribute("aria-hidden", "true");
    if (head) {
      head.className = "steps-head";
      head.appendChild(words);
      head.appendChild(bar);
    }

    function show(index, focus) {
      at = Math.max(0, Math.min(steps.length - 1, index));
      steps.forEach(function (step, i) { step.hidden = i !== at; });
      prev.hidden = at === 0;
      next.hidden = at === steps.length - 1;
      submit.hidden = at !== steps.length - 1;
      words.textContent = "第 " + (at + 1) + " 步，共 " + steps.length + " 步";
      bar.value = at + 1;
      if (focus) {
        var title = steps[at].querySelector("h2") || steps[at];
        title.setAttribute("tabindex", "-1");
        title.focus();
        window.scrollTo(0, 0);
      }
    }
    prev.addEventListener("click", function (event) { event.preventDefault(); show(at - 1, true); });
    next.addEventListener("click", function (event) { event.preventDefault(); show(at + 1, true); });
    // Enter on a field of an early step goes on instead of sending half a form.
    form.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.isComposing || next.hidden) { return; }
      event.preventDefault();
      show(at + 1, true);
    });
    // A link of the error summary opens the step that holds the field.
    document.addEventListener("click", function (event) {
      var link = event.target.closest ? event.target.closest("#error-summary a[href^='#']") : null;
      var field = link && document.getElementById(link.getAttribute("href").slice(1));
      steps.forEach(function (step, i) { if (field && step.contains(field)) { show(i, false); } });
    }, true);
    var wrong = form.querySelector("[aria-invalid=true]");
    show(wrong ? steps.findIndex(function (step) { return step.contains(wrong); }) : 0, false);
  }

  // A follow-up question shows with the answer that asks for it; one that holds an answer or a fault stays in sight.
  function watchAnswers(form) {
    var asked = Array.prototype.slice.call(form.querySelectorAll("[data-when]"));
    function check() {
      asked.forEach(function (box) {
        var when = box.dataset.when.split("=");
        var chosen = form.querySelector("input[name='" + when[0] + "'][value='" + when[1] + "']:checked");
        var text = box.querySelector("input:not([type=radio])");
        box.hidden = !chosen && !box.querySelector("[aria-invalid=true], .err") && !(text && text.value);
      });
    }
    form.addEventListener("change", check);
    check();
  }

  function watchDanger(form) {
    var call = form.querySelector("[data-call-now]");
    if (!call) { return; }
    function check() { call.hidden = !form.querySelector("input[data-danger]:checked"); }
    form.addEventListener("change", check);
    check();
  }

  function toJpeg(file) {
    return createImageBitmap(file).then(function (image) {
      var scale = Math.min(1, LONG_SIDE / Math.max(image.width, image.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done, fail) {
        canvas.toBlob(function (blob) {
          if (blob) { done(new File([blob], "photo.jpg", { type: "image/jpeg" })); } else { fail(new Error("no blob")); }
        }, "image/jpeg", QUALITY);
      });
    });
  }

  // The browser's own button speaks the browser's language and is small: a large one lies under it.
  function enlarge(input) {
    var box = document.createElement("span"), button = document.createElement("span");
    box.className = "file";
    button.className = "btn";
    button.setAttribute("aria-hidden", "true");
    button.textContent = input.hasAttribute("capture") ? "拍照或选照片" : "选照片";
    input.parentNode.insertBefore(box, input);
    box.appendChild(input);
    box.appendChild(button);
  }

  function watchPhotos(input) {
    enlarge(input);
    var state = document.querySelector('[data-shrink-state="' + input.id + '"]');
    function say(text) { if (state) { state.textContent = text; } }
    var shrinks = window.createImageBitmap && window.DataTransfer;
    input.addEventListener("change", function () {
      var files = Array.prototype.slice.call(input.files);
      if (!files.length) { say(""); return; }
      if (!shrinks) { say("照片 " + files.length + " 张"); return; }
      say("正在处理照片");
      // A picture this browser cannot read goes up as it is; the server checks and cleans every one again.
      Promise.all(files.map(function (file) {
        return /^image\//.test(file.type) ? toJpeg(file).catch(function () { return file; }) : file;
      })).then(function (small) {
        var bag = new DataTransfer();
        small.forEach(function (file) { bag.items.add(file); });
        input.files = bag.files;
        var kb = small.reduce(function (sum, file) { return sum + file.size; }, 0) / 1024;
        say("照片 " + small.length + " 张，共 " + Math.ceil(kb) + " KB");
      });
    });
  }

  document.querySelectorAll("form[data-steps]").forEach(Steps);
  document.querySelectorAll("form[data-steps]").forEach(watchAnswers);
  document.querySelectorAll("form").forEach(watchDanger);
  document.querySelectorAll("input[type=file][data-shrink]").forEach(watchPhotos);
}());
