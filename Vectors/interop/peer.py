"""Sotto's side of a conversation: `sotto-vectors peer` as a process, spoken to in lines of JSON."""
import json
import subprocess


class Refused(Exception):
    """The other side refused, and says for which class of reasons."""


class SottoPeer:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "peer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, op, **fields):
        """One request and its answer; bytes travel as hexadecimal text."""
        request = {"op": op, **{k: v.hex() if isinstance(v, bytes) else v for k, v in fields.items() if v is not None}}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended at {request}")
        reply = json.loads(line)
        if "refused" in reply:
            raise Refused(reply["refused"])
        return {k: [bytes.fromhex(x) for x in v] if isinstance(v, list) else bytes.fromhex(v) for k, v in reply.items()}

    def close(self):
        self.process.stdin.close()
        self.process.wait()
