// Shows all that a reader can show, at once and without a transition.
document.head.insertAdjacentHTML("beforeend", "<style>* { transition: none !important }</style>");
document.querySelectorAll("details").forEach((answer) => { answer.open = true; });
