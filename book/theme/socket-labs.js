// What mdBook leaves to the mouse, for those who use the keyboard.

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

// A table that is too wide for the screen scrolls inside itself.
for (const table of document.querySelectorAll(".table-wrapper")) {
    if (table.scrollWidth > table.clientWidth) {
        table.tabIndex = 0;
    }
}
