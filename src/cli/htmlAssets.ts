/** The style sheet of the HTML report: readable on a telephone and on a wall, in the dark, and on paper. */
export const style = `
:root{color-scheme:light dark;--w:light-dark(#0b6bcb,#6cb6ff);--s:light-dark(#6f42c1,#c39bff);--l:light-dark(#59636e,#9198a1);--n:light-dark(#8a5a00,#d29922);--x:light-dark(#c62828,#ff7b72);--line:light-dark(#d0d7de,#3d444d);--back:light-dark(#f6f8fa,#151b23)}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:1800px}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem}
svg{width:100%;height:24px;border-radius:4px;display:block}
rect.w{fill:var(--w)}rect.s{fill:var(--s)}rect.l{fill:var(--l)}rect.n{fill:var(--n)}rect.x{fill:var(--x)}
ul{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;padding:0;margin:.6rem 0}
i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.4em}
i.w{background:var(--w)}i.s{background:var(--s)}i.l{background:var(--l)}i.n{background:var(--n)}i.x{background:var(--x)}
form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;margin:1rem 0;padding:.6rem;background:var(--back);border-radius:6px}form[hidden]{display:none}
select,input{font:inherit;max-width:16rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
#head{position:sticky;top:0;z-index:1}th{background:light-dark(#fff,#0d1117);font-weight:600}
:is(th,td):nth-child(1){width:15%}:is(th,td):nth-child(2){width:8%}:is(th,td):nth-child(3){width:27%}:is(th,td):nth-child(4),:is(th,td):nth-child(5),:is(th,td):nth-child(6){width:7%}
@media screen{div{content-visibility:auto;contain-intrinsic-size:auto 7000px}}
td.w{color:var(--w)}td.s{color:var(--s)}td.l{color:var(--l)}td.n{color:var(--n)}td.x{color:var(--x);font-weight:600}
code,pre{font:13px/1.4 ui-monospace,monospace}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--back);padding:.6rem;border-radius:6px}
footer{margin-top:2rem}footer span{display:inline-block;min-width:14rem;border-bottom:1px solid var(--line)}
@media (max-width:700px){#head{display:none}table,tbody,tr,td{display:block;width:auto!important}[hidden]{display:none!important}tr{padding:.5rem 0;border-bottom:1px solid var(--line)}td{border:0;padding:.1rem 0}td:nth-child(4)::before{content:"without credentials: "}td:nth-child(5)::before{content:"through the proxy: "}footer span{min-width:8rem}}
@media print{:root{color-scheme:light}form{display:none}#head{position:static}tr{break-inside:avoid}body{font-size:10px}code,pre{font-size:9px}}
`

/** Filters the rows of the HTML report. Without it all rows are there, and no filter is shown. */
export const script = `
const form=document.querySelector('form'),rows=[...document.querySelectorAll('tbody tr')],output=form.querySelector('output')
const tables=[...document.querySelectorAll('table:not(#head)')],texts=rows.map(row=>row.textContent.toLowerCase())
function filter(){const[n,r,d,q]=['n','r','d','q'].map(id=>document.getElementById(id).value);let shown=0
rows.forEach((row,at)=>{row.hidden=!((!n||row.dataset.n===n)&&(!r||row.dataset.r===r)&&(!d||row.cells[5].textContent===d)&&(!q||texts[at].includes(q.toLowerCase())));if(!row.hidden)shown++})
tables.forEach(table=>{table.hidden=[...table.rows].every(row=>row.hidden)})
output.textContent=shown+' of '+rows.length}
form.hidden=false;form.addEventListener('input',filter);form.addEventListener('submit',event=>event.preventDefault());filter()
`
