/// `Clients/python/sotto_client.py`, made from the table of methods: the standard library of Python and nothing else.
package enum PythonClient {
  package static func source(_ registry: MethodRegistry) -> String {
    var lines = [head]
    var noun = ""
    for method in registry.methods.sorted(by: { $0.name < $1.name }) {
      if method.noun != noun {
        noun = method.noun
        lines += ["", "    # \(noun)"]
      }
      lines += function(method)
    }
    return lines.joined(separator: "\n")
  }

  private static func function(_ method: Method) -> [String] {
    let name = method.name.map { $0 == "." ? "_" : $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
    let required = method.parameters.filter(\.isRequired)
    let optional = method.parameters.filter { !$0.isRequired }
    var arguments = required.map { "\(argument($0)): \(type($0.schema))" }
    arguments += optional.map { "\(argument($0)): Optional[\(type($0.schema))] = None" }
    let signature = (["self"] + (arguments.isEmpty ? [] : ["*"] + arguments)).joined(separator: ", ")
    let passed = method.parameters.map { "\"\($0.name)\": \(argument($0))" }.joined(separator: ", ")
    return [
      "", "    def \(name)(\(signature)) -> dict[str, Any]:", "        \"\"\"\(method.summary)\"\"\"",
      "        return self.call(\"\(method.name)\", {\(passed)})",
    ]
  }

  /// `from` is a word of the language.
  private static func argument(_ property: Schema.Property) -> String {
    property.name == "from" ? "from_" : property.name
  }

  private static func type(_ schema: Schema) -> String {
    switch schema {
    case .text, .identifier, .choice: "str"
    case .integer: "int"
    case .boolean: "bool"
    case .array(let element, _): "list[\(type(element))]"
    case .object, .anyObject: "dict[str, Any]"
    case .any: "Any"
    case .optional(let schema): "Optional[\(type(schema))]"
    }
  }

  private static let head = #"""
    """A client of `sotto daemon`. Made by `sotto generate python`: change the table of methods instead.

    One connection, used by one thread:

        with Sotto() as sotto:
            for event in sotto.events("my-bot", types=["message.received"]):
                print(event["data"]["content"])

    What the loop has handled is acknowledged when it asks for the next event; what it was handling when it died comes again.
    """

    from __future__ import annotations

    import collections
    import json
    import os
    import socket
    from typing import Any, Iterator, Optional


    class SottoError(Exception):
        """The daemon refused; `kind` is stable."""

        def __init__(self, error: dict[str, Any]) -> None:
            super().__init__(error.get("message", ""))
            self.code: int = error.get("code", 0)
            self.data: dict[str, Any] = error.get("data", {})
            self.kind: str = self.data.get("kind", "")
            self.retryable: bool = self.data.get("retryable", False)


    def socket_path() -> str:
        """Where the daemon of this user listens."""
        if path := os.environ.get("SOTTO_SOCKET"):
            return path
        if folder := os.environ.get("XDG_RUNTIME_DIR"):
            return folder + "/sotto/sotto.sock"
        data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
        return (os.environ.get("SOTTO_HOME") or data + "/sotto") + "/run/sotto.sock"


    class Sotto:
        """An open connection to the daemon."""

        def __init__(self, path: Optional[str] = None) -> None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.connect(path or socket_path())
            self._lines = self._socket.makefile("rb")
            self._last_id = 0
            self._told: collections.deque[dict[str, Any]] = collections.deque()

        def __enter__(self) -> "Sotto":
            return self

        def __exit__(self, *exception: object) -> None:
            self.close()

        def close(self) -> None:
            self._lines.close()
            self._socket.close()

        def call(self, method: str, parameters: Optional[dict[str, Any]] = None) -> dict[str, Any]:
            """Calls any method; parameters that are None are left away."""
            self._last_id += 1
            given = {name: value for name, value in (parameters or {}).items() if value is not None}
            request = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": given}
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            while True:
                answer = self._read()
                if answer.get("method") == "event":
                    self._told.append(answer["params"])
                elif answer.get("id") == self._last_id:
                    if "error" in answer:
                        raise SottoError(answer["error"])
                    return answer["result"]
                elif "error" in answer and answer.get("id") is None:
                    raise SottoError(answer["error"])

        def events(
            self, consumer: str, types: Optional[list[str]] = None, from_: Optional[str] = None,
            max_in_flight: int = 1,
        ) -> Iterator[dict[str, Any]]:
            """The events for this consumer, each acknowledged when the next one is asked for."""
            self.events_subscribe(consumer=consumer, types=types, from_=from_, maxInFlight=max_in_flight)
            while True:
                while not self._told:
                    message = self._read()
                    if message.get("method") == "event":
                        self._told.append(message["params"])
                told = self._told.popleft()
                if told["consumer"] == consumer:
                    yield told["event"]
                    # What is told at this moment only has no seq.
                    if seq := told["event"].get("seq"):
                        self.events_ack(consumer=consumer, seq=seq)

        def _read(self) -> dict[str, Any]:
            line = self._lines.readline()
            if not line:
                raise ConnectionError("the daemon has ended the connection")
            return json.loads(line)
    """#
}
