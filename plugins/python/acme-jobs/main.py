"""Open jobs of a competitor, from the JSON that its page reads."""
from tidings import Finding, ParseError, plugin


@plugin(
    id="acme-jobs", name="Acme jobs", kind="competitor", every="6h", hosts=["jobs.acme.example"],
    summary="Open positions at Acme, by team", emits=["job"],
    params={
        "team": {"type": "string", "default": "all", "description": "Team as the address names it, or `all`."},
        "base": {"type": "string", "default": "https://jobs.acme.example", "description": "Where the page lies."},
    },
    hosts_from_params=["/base"],
    examples=[{"title": "All teams", "params": {}}, {"title": "Sales", "params": {"team": "sales"}}],
)
def run(params, ctx):
    url = f"{params['base']}/api?team={params['team']}"
    jobs = ctx.fetch_json(url)
    if not isinstance(jobs, list):
        raise ParseError(f"{url} is no list of jobs", url)
    for job in jobs:
        if "id" not in job or "title" not in job:
            ctx.skip(url, f"a job without id or title: {str(job)[:100]}")
            continue
        ctx.emit(Finding(
            title=job["title"], url=job.get("url"), key=f"job:{job['id']}", text=job.get("description"),
            published=job.get("posted"), kind="job", hints=job.get("tags", []),
        ))
    ctx.summary(f"{len(jobs)} open positions")
