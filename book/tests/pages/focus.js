// What has the focus now, and what is wrong with how it shows.
(() => {
    const element = document.activeElement;
    if (element === document.body) {
        return null;
    }
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const name = (element.ariaLabel ?? element.textContent ?? "").trim() || element.id || element.outerHTML;
    return { name, href: element.href ?? null, complaint: outlined ? (inside ? null : "is out of sight") : "shows no focus" };
})();
