// Waits until the search is ready for words, on a page that has one.
new Promise((ready) => {
    const fetched = document.getElementById("mdbook-search-index");
    if (!fetched || window.search.index) {
        ready();
    } else {
        fetched.addEventListener("load", ready);
    }
});
