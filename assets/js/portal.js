// The registration form of obliged reporters: when the suspect is a guardian, the form proposes not to tell the guardian
// and says why; whoever knows better changes it. The server proposes the same without script.
(function () {
  "use strict";
  var form = document.getElementById("registration");
  if (!form) { return; }
  var GUARDIANS = ["father", "mother", "step_parent", "adoptive_parent", "grandparent", "entrusted_carer"];
  var REASON = "监护人涉嫌侵害，告知可能危及儿童";
  var relation = form.elements.suspect_relation, reason = form.elements.guardian_reason, proposed = false;

  relation.addEventListener("change", function () {
    var told = form.elements.guardian_told;
    if (GUARDIANS.indexOf(relation.value) >= 0) {
      if (!told.value) { told.value = "no"; proposed = true; }
      if (told.value === "no" && !reason.value) { reason.value = REASON; }
    } else if (proposed) {
      // Only what was proposed is taken back.
      Array.prototype.forEach.call(told, function (radio) { radio.checked = false; });
      if (reason.value === REASON) { reason.value = ""; }
      proposed = false;
    }
  });
}());
