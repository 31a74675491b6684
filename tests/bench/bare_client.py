"""The limit: the requests of a run, sent by a program that does nothing else.

    bare_client.py FILE PARALLEL
    FILE: JSON {ca, token_url, token_form, api, requests: [[method, path, query, body], ...], chains: [[request, ...], ...]}

The first requests without a body go one after another, as a listing does; the others PARALLEL at a time. Then come the chains, PARALLEL at a time:
the requests of a chain go one after another, and in all but the first one NEW-ID stands for the id in the first answer.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import requests


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as handle:
        job = json.load(handle)
    session = requests.Session()
    session.trust_env = False
    session.verify = job["ca"]
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=int(sys.argv[2])))
    session.get(job["discovery_url"]).raise_for_status()
    token = session.post(job["token_url"], data=job["token_form"]).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"

    def send(request: list) -> None:
        method, path, query, body = request
        session.request(method, job["api"] + path + (f"?{query}" if query else ""), json=body).raise_for_status()

    reads = [request for request in job["requests"] if request[3] is None]
    headers: dict = {}
    for method, path, query, _body in reads:
        # The token of the next page comes from the page before it.
        answer = session.request(
            method,
            job["api"] + path + (f"?{query}" if query else ""),
            headers=headers if "seekOperation" in query else None,
        )
        answer.raise_for_status()
        page = json.loads(answer.content.decode("utf-8-sig"))
        token = page.get("continuationToken") if isinstance(page, dict) else None
        headers = {"MS-ContinuationToken": token} if token else {}

    def follow(chain: list) -> None:
        made = None
        for request in chain:
            method, path, query, body = json.loads(json.dumps(request).replace("NEW-ID", made or "NEW-ID"))
            answer = session.request(method, job["api"] + path + (f"?{query}" if query else ""), json=body)
            answer.raise_for_status()
            made = made or json.loads(answer.content.decode("utf-8-sig")).get("id")

    with ThreadPoolExecutor(max_workers=int(sys.argv[2])) as pool:
        list(pool.map(send, [request for request in job["requests"] if request[3] is not None]))
        list(pool.map(follow, job.get("chains", [])))


if __name__ == "__main__":
    main()
