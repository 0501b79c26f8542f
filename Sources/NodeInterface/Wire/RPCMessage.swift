/// The name that a caller gives a request, to find its answer.
package enum RequestID: Hashable, Sendable {
  case string(String)
  case integer(Int64)

  /// - Returns: nil for what is no id: a fraction, an object, a text of more than 64 bytes.
  init?(_ value: JSONValue) {
    switch value {
    case .string(let text) where text.utf8.count <= 64: self = .string(text)
    case .integer(let number): self = .integer(number)
    default: return nil
    }
  }

  package var json: JSONValue {
    switch self {
    case .string(let text): .string(text)
    case .integer(let number): .integer(number)
    }
  }
}

/// One request of JSON-RPC 2.0.
package struct RPCRequest: Hashable, Sendable {
  /// nil: a notification, which gets no answer.
  package let id: RequestID?
  package let method: String
  package let parameters: [String: JSONValue]
}

/// A request that cannot be carried out, and the id under which to say so, if there is one.
package struct RPCRefusal: Error, Hashable, Sendable {
  package let id: RequestID?
  package let error: InterfaceError
}

/// What one frame holds.
package enum RPCFrame: Sendable {
  /// Requests in one batch.
  package static let maximumBatch = 50

  case single(Result<RPCRequest, RPCRefusal>)
  case batch([Result<RPCRequest, RPCRefusal>])

  /// Reads a frame. Whatever is wrong with it is said in its place.
  package init(_ bytes: some Sequence<UInt8>) {
    let value: JSONValue
    do throws(JSONText.Refusal) { value = try JSONText.parse(bytes) } catch {
      let message =
        switch error {
        case .tooLong: "A frame may have \(JSONText.maximumByteCount) bytes."
        case .tooDeep: "Values may be nested \(JSONText.maximumDepth) deep."
        case .duplicateName: "Two members of one object have the same name."
        case .malformed: "This is no JSON."
        }
      self = .single(.failure(RPCRefusal(id: nil, error: InterfaceError(.parse, message))))
      return
    }
    guard case .array(let values) = value else {
      self = .single(Self.request(value))
      return
    }
    guard (1...Self.maximumBatch).contains(values.count) else {
      self = .single(
        .failure(
          RPCRefusal(id: nil, error: InterfaceError(.request, "A batch has 1 to \(Self.maximumBatch) requests."))))
      return
    }
    self = .batch(values.map(Self.request))
  }

  private static func request(_ value: JSONValue) -> Result<RPCRequest, RPCRefusal> {
    var id: RequestID?
    func refusal(_ message: String, _ kind: ErrorKind = .request) -> Result<RPCRequest, RPCRefusal> {
      .failure(RPCRefusal(id: id, error: InterfaceError(kind, message)))
    }
    guard case .object(let members) = value else { return refusal("A request is an object.") }
    if let value = members["id"] {
      guard let read = RequestID(value) else {
        return refusal("The id is a whole number, or a text of at most 64 bytes.")
      }
      id = read
    }
    guard members["jsonrpc"] == "2.0" else { return refusal("The member jsonrpc must be \"2.0\".") }
    guard let method = members["method"]?.string else { return refusal("The member method must be a text.") }
    guard members.keys.allSatisfy({ ["jsonrpc", "id", "method", "params"].contains($0) }) else {
      return refusal("A request has the members jsonrpc, id, method and params.")
    }
    guard case .object(let parameters) = members["params"] ?? [:] else {
      return refusal("Parameters are given by name, in an object.", .params)
    }
    return .success(RPCRequest(id: id, method: method, parameters: parameters))
  }
}

/// What is answered.
package enum RPCAnswer {
  /// - Parameter id: nil where it could not be read.
  package static func json(_ id: RequestID?, _ result: Result<JSONValue, InterfaceError>) -> JSONValue {
    var members: [String: JSONValue] = ["jsonrpc": "2.0", "id": id?.json ?? .null]
    switch result {
    case .success(let value): members["result"] = value
    case .failure(let error): members["error"] = error.json
    }
    return .object(members)
  }

  /// Something that nobody asked for.
  package static func notification(_ method: String, _ parameters: JSONValue) -> JSONValue {
    ["jsonrpc": "2.0", "method": .string(method), "params": parameters]
  }
}
