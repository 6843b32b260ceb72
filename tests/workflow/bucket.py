"""A bucket on this machine: moto's S3 server, and what lies in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import requests

from tests.workflow.project import clean_environment

# Beside the environment (Makefile), so that no other Snakemake imports it.
PACKAGES = Path(sys.prefix) / "kubernetes"
# moto looks whether a request is signed, not by whom.
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"}
BUCKET = "studies"
PREFIX = "first"
SERVER = """
import threading
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
threading.Event().wait()
"""


def storage_environment() -> dict[str, str]:
    """The environment of a Snakemake that finds the plugins and may write into the bucket."""
    secrets = {f"SNAKEMAKE_STORAGE_S3_{name}_KEY": "test" for name in ("ACCESS", "SECRET")}
    return clean_environment() | secrets | {"PYTHONPATH": str(PACKAGES)}


@contextmanager
def bucket(log: Path) -> Iterator[str]:
    """The address of a server with an empty bucket, until the block ends."""
    environment = os.environ | {"PYTHONPATH": str(PACKAGES)}
    with log.open("w") as stream:
        process = subprocess.Popen([sys.executable, "-c", SERVER], env=environment, text=True, stdout=-1, stderr=stream)
    try:
        host, port = process.stdout.readline().split()
        address = f"http://{host}:{port}"
        requests.put(f"{address}/{BUCKET}", headers=SIGNED, timeout=60).raise_for_status()
        yield address
    finally:
        process.kill()
        process.wait()


def stored(address: str) -> dict[str, bytes]:
    """Path below PREFIX -> what lies there."""
    bucket_address, found, more = f"{address}/{BUCKET}", [], {}
    while more is not None:
        answer = ElementTree.fromstring(_get(bucket_address, {"list-type": "2", "prefix": f"{PREFIX}/", **more}))
        found += [key.text for key in answer.iterfind(".//{*}Contents/{*}Key")]
        token = answer.findtext("{*}NextContinuationToken")
        more = {"continuation-token": token} if token else None
    return {key.removeprefix(f"{PREFIX}/"): _get(f"{bucket_address}/{key}") for key in found}


def _get(address: str, asked: dict[str, str] | None = None) -> bytes:
    answer = requests.get(address, params=asked, headers=SIGNED, timeout=60)
    answer.raise_for_status()
    return answer.content
