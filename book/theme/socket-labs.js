// What mdBook leaves to the mouse, and to wide screens.

// The button that shows the table of contents is a label, which no key reaches.
const contents = document.getElementById("mdbook-sidebar-toggle");
contents.role = "button";
contents.tabIndex = 0;
contents.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        contents.click();
    }
});

// On a phone the style sheet makes a card of each row. Then a cell needs its column's name beside it.
for (const table of document.querySelectorAll("main table")) {
    const names = [...table.querySelectorAll("thead th")].map((name) => name.textContent);
    for (const row of table.querySelectorAll("tbody tr")) {
        [...row.cells].forEach((cell, column) => { cell.dataset.column = names[column]; });
    }
}

// A table that is still too wide scrolls inside itself.
for (const table of document.querySelectorAll(".table-wrapper")) {
    if (table.scrollWidth > table.clientWidth) {
        table.tabIndex = 0;
    }
}
