const table = document.getElementById("submissions"), body = table.tBodies[0];
const filter = document.getElementById("filter");
const shown = (row, at) => row.cells[at].dataset.value ?? row.cells[at].innerText.toLowerCase();
const order = (a, b) => (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b);
table.querySelectorAll("th button").forEach((button, at) => {
  let down = false;
  button.onclick = () => {
    const rows = [...body.rows].sort((a, b) => order(shown(a, at), shown(b, at)));
    body.append(...(down ? rows.reverse() : rows));
    down = !down;
  };
});
filter.onsubmit = (event) => event.preventDefault();
filter.oninput = () => {
  const text = filter.text.value.toLowerCase(), outcome = filter.outcome.value;
  for (const row of body.rows) {
    const found = row.innerText.toLowerCase().includes(text);
    row.hidden = !found || (outcome && row.dataset.outcome !== outcome);
  }
};
