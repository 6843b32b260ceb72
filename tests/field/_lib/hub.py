"""Runs the study's conditioner against a loopback stand-in of the model hub; returns status, console and log."""

import io
import os
import subprocess
from pathlib import Path

import torch
from own import state, write
from server import Server

TARGET = "results/own/conditioners/own/final.safetensors"
TOKEN = "hf_" + "s" * 34


def weights():
    buffer = io.BytesIO()
    torch.save(state(0), buffer)
    return buffer.getvalue()


def ask(answer, url, token=TOKEN, **environment):
    write({"files": [{"url": url}], "container": "pt"})
    with Server(answer) as server:
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        env |= {"HF_ENDPOINT": server.address, "HF_TOKEN": token} | environment
        command = ["snakemake", "--cores", "1", "--configfile=config/own.yaml", "--quiet", "rules", "--", TARGET]
        done = subprocess.run(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    log = "results/own/logs/read_conditioner/own.log"
    text = done.stdout + (Path(log).read_text() if os.path.exists(log) else "")
    said = sorted({line for line in text.splitlines() if line.startswith("Error: ")})
    print(f"status {done.returncode}", *said, sep="\n")
    return done.returncode, text, said, server.seen


def gated(path, headers):
    if headers.get("authorization") == f"Bearer {TOKEN}":
        return 200, {}, weights()
    return 401, {"X-Error-Code": "GatedRepo"}, b"{}"


def missing(path, headers):
    return 401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}, b"{}"
