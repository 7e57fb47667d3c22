// What is wrong with the page as it looks now: a list of sentences.
(() => {
    const complaints = [];
    const complain = (what, element) =>
        complaints.push(`${what}: ${element.outerHTML.replace(/\s+/g, " ").slice(0, 90)}`);

    // Nothing makes the reader scroll sideways. mdBook clips what sticks out, so ask each element.
    if (document.scrollingElement.scrollWidth > innerWidth) {
        complain("scrolls sideways", document.body);
    }
    // A table of four columns needs a script to fit a phone. Without one it may scroll inside itself.
    const scripted = document.documentElement.classList.contains("js");
    const mayScroll = (element) => !scripted && element.closest(".table-wrapper[tabindex='0']");
    for (const element of document.querySelectorAll("main *")) {
        if (mayScroll(element)) {
            continue;
        }
        const box = element.getBoundingClientRect();
        const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
        if (scrolls && element.scrollWidth > element.clientWidth) {
            complain("scrolls sideways inside itself", element);
        } else if (box.width > 0 && (box.right > innerWidth + 1 || box.left < -1)) {
            complain("sticks out", element);
        }
    }

    // Diagrams are there, and say what they show.
    for (const diagram of document.querySelectorAll("svg.diagram")) {
        const box = diagram.getBoundingClientRect();
        if (box.width < 100 || box.height < 100) {
            complain("cannot be seen", diagram);
        }
        for (const id of diagram.getAttribute("aria-labelledby")?.split(" ") ?? [""]) {
            if (!document.getElementById(id)?.textContent.trim()) {
                complain("has no text alternative", diagram);
            }
        }
    }
    return complaints;
})();
