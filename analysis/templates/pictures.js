// Opens a picture large, and before printing all that is folded; the page says everything without it.
(() => {
  const dialog = document.createElement("dialog");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  dialog.append(close);
  dialog.id = "large";
  document.body.append(dialog);

  let home = null; // the box that the picture comes from
  const open = (box, title) => {
    if (dialog.open) return;
    home = box;
    home.style.minHeight = `${box.offsetHeight}px`; // what stands below stays where it is
    dialog.setAttribute("aria-label", title);
    dialog.append(...home.childNodes);
    dialog.showModal(); // closed, it gives the focus back
  };
  dialog.addEventListener("close", () => {
    home.append(...Array.from(dialog.childNodes).filter((node) => node !== close));
    home.style.minHeight = "";
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  close.addEventListener("click", () => dialog.close());

  document.querySelectorAll("figure").forEach((figure) => {
    const box = figure.querySelector(".box");
    const title = box.getAttribute("aria-label");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "enlarge";
    button.textContent = "Enlarge";
    button.setAttribute("aria-label", `Enlarge: ${title}`);
    button.setAttribute("aria-haspopup", "dialog");
    figure.querySelector(".reading").append(" ", button);
    button.addEventListener("click", () => open(box, title));
    box.classList.add("enlarges");
    box.addEventListener("click", () => open(box, title));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== box) return;
      event.preventDefault(); // else the same key closes it
      open(box, title);
    });
  });

  const folded = () => document.querySelectorAll("details:not([open], .long)");
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(folded());
    opened.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => opened.splice(0).forEach((one) => { one.open = false; }));
})();
