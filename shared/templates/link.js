
(() => {
  const form = document.forms[0];
  const quiet = ["Alt", "AltGraph", "CapsLock", "Control", "Escape", "Meta", "Shift", "Tab"];
  let sent = false;
  const isMeant = (event) =>
    event.isTrusted && !event.altKey && !event.ctrlKey && !event.metaKey && !event.button && !quiet.includes(event.key);
  const send = (event) => {
    if (!sent && isMeant(event) && document.visibilityState === "visible" && document.hasFocus()) form.requestSubmit();
  };
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
  for (const kind of ["pointerdown", "touchstart", "keydown"]) addEventListener(kind, send, { passive: true });
})();
