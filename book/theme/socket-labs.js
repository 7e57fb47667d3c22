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

// Where a line of code is too long, it goes on indented beyond its own beginning. A style sheet cannot know
// where that is.
for (const code of document.querySelectorAll("main pre > code")) {
    const open = [];
    const lines = code.innerHTML.replace(/\n$/, "").split("\n").map((line) => {
        const begin = open.join("");
        for (const [tag] of line.matchAll(/<\/?span[^>]*>/g)) {
            tag.startsWith("</") ? open.pop() : open.push(tag);
        }
        const text = line.replace(/<[^>]*>/g, "");
        // In a demo, what somebody says goes on below itself.
        const indent = text.includes(" │ ") ? text.indexOf("│") - 2 : text.search(/[^ ]|$/);
        return `<span class="line" style="--indent: ${indent}ch">${begin}${line}${"</span>".repeat(open.length)}</span>`;
    });
    code.innerHTML = lines.join("");
}

// A word of inline code with hyphens in it, such as `-p`, is one word.
const LONGEST = 28;
for (const code of document.querySelectorAll("main :not(pre) > code")) {
    const words = code.textContent.split(" ");
    code.classList.toggle("short", words.every((word) => word.length <= LONGEST));
    const isWhole = (word) => word.includes("-") && word.length <= LONGEST;
    if (code.childElementCount === 0 && words.some(isWhole)) {
        code.replaceChildren(...words.flatMap((word, place) => {
            const whole = Object.assign(document.createElement("span"), { className: "word", textContent: word });
            return [place === 0 ? "" : " ", isWhole(word) ? whole : word];
        }));
    }
}

// On a phone the sidebar covers the page. It closes when a place in it is chosen, or the page beside it.
const folded = document.getElementById("mdbook-sidebar-toggle-anchor");
document.addEventListener("click", ({ target }) => {
    const sidebar = target.closest("#mdbook-sidebar");
    const isChosen = sidebar ? target.closest("a[href*='#']") : !target.closest("label, input");
    if (folded.checked && isChosen && matchMedia("(max-width: 620px)").matches) {
        contents.click();
    }
});

// A search takes a slip of one letter, and knows the page that is made for numbers and names of errors.
const found = elasticlunr.Index.prototype.search;
elasticlunr.Index.prototype.search = function (asked, options) {
    let results = found.call(this, asked, options);
    if (results.length === 0) {
        results = found.call(this, asked.split(/\s+/).map((word) => nearest(this, word)).join(" "), options);
    }
    const isOfErrors = ({ ref }) => search.doc_urls[ref].startsWith("errors.html");
    return /\d|^E[A-Z]{3,}/.test(asked)
        ? [...results.filter(isOfErrors), ...results.filter((result) => !isOfErrors(result))]
        : results;
};

// A word of the index that differs from this one by a slip. The word itself, if it or none is there.
function nearest(index, word) {
    const stem = elasticlunr.stemmer(word.toLowerCase());
    const words = wordsOf(index.index.body.root, "");
    return words.includes(stem) ? word : words.find((other) => isSlip(stem, other)) ?? word;
}

// The index is a tree with a letter at each branch.
function wordsOf(branch, begin) {
    return Object.keys(branch).filter((key) => key.length === 1).flatMap((letter) => {
        const here = begin + letter;
        return [...(branch[letter].df > 0 ? [here] : []), ...wordsOf(branch[letter], here)];
    });
}

// Whether two words differ by one letter: left out, put in, changed, or changed for its neighbour.
function isSlip(one, other) {
    const [short, long] = one.length <= other.length ? [one, other] : [other, one];
    let at = 0;
    while (at < short.length && short[at] === long[at]) {
        at += 1;
    }
    const rest = (word, from) => word.slice(from);
    return rest(short, at) === rest(long, at + 1)
        || short.length === long.length
        && (rest(short, at + 1) === rest(long, at + 1)
            || short[at] === long[at + 1] && short[at + 1] === long[at] && rest(short, at + 2) === rest(long, at + 2));
}
