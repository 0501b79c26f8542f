/// The description of the interface for programs (OpenRPC 1.3).
package enum OpenRPC {
  /// - Parameter version: of the program.
  package static func document(_ registry: MethodRegistry, version: String) -> JSONValue {
    [
      "openrpc": "1.3.2",
      "info": [
        "title": "Sotto node", "version": .string(version),
        "description": "JSON-RPC 2.0, one JSON value a line. Parameters are given by name. See Docs/NodeInterface.md.",
      ],
      "methods": .array(registry.methods.map(method)),
    ]
  }

  private static func method(_ method: Method) -> JSONValue {
    .object(present: [
      "name": .string(method.name), "summary": .string(method.summary), "paramStructure": "by-name",
      "params": .array(
        method.parameters.map { parameter in
          [
            "name": .string(parameter.name), "description": .string(parameter.summary),
            "required": .bool(parameter.isRequired), "schema": parameter.schema.json,
          ]
        }),
      "result": ["name": "result", "schema": method.result.json],
      "errors": method.errors.isEmpty
        ? nil : .array(method.errors.map(error)),
      "tags": [["name": .string(method.noun)]],
      "x-scope": method.scope.map { .string($0.rawValue) }, "x-network": .string(method.network.rawValue),
      "x-mutating": .bool(method.isMutating), "x-since": .string(method.since),
    ])
  }

  private static func error(_ kind: ErrorKind) -> JSONValue {
    [
      "code": .integer(kind.code), "message": .string(kind.summary),
      "data": ["kind": .string(kind.rawValue), "retryable": .bool(kind.isRetryable)],
    ]
  }
}
