import Ambient
import ByteLayout

/// Takes frames, and gives answers: the same for every transport.
package struct Dispatcher: Sendable {
  package let context: InterfaceContext

  package init(context: InterfaceContext) { self.context = context }

  /// Carries out what a frame asks for.
  ///
  /// - Returns: the frame to answer with; nil when everything in it was a notification.
  package func answer(_ frame: some Sequence<UInt8>, from caller: Caller, session: InterfaceSession? = nil) async
    -> [UInt8]?
  {
    switch RPCFrame(frame) {
    case .single(let request): return await answer(request, caller, session).map { Self.bounded($0) }
    case .batch(let requests):
      // In their order, so that a later one finds what an earlier one did.
      var answers: [JSONValue] = []
      for request in requests {
        if let answer = await answer(request, caller, session) { answers.append(answer) }
      }
      return answers.isEmpty ? nil : JSONText.bytes(.array(answers))
    }
  }

  /// What is too large for one frame becomes an error.
  private static func bounded(_ answer: JSONValue) -> [UInt8] {
    let bytes = JSONText.bytes(answer)
    guard bytes.count > JSONText.maximumByteCount else { return bytes }
    let id = answer["id"].flatMap(RequestID.init)
    return JSONText.bytes(
      RPCAnswer.json(id, .failure(InterfaceError(.tooLarge, "The answer is too large: ask for less at once."))))
  }

  private func answer(
    _ request: Result<RPCRequest, RPCRefusal>, _ caller: Caller, _ session: InterfaceSession?
  ) async -> JSONValue? {
    switch request {
    case .failure(let refusal): return RPCAnswer.json(refusal.id, .failure(refusal.error))
    case .success(let request):
      let result = await perform(request, caller, session)
      return request.id.map { RPCAnswer.json($0, result) }
    }
  }

  private func perform(
    _ request: RPCRequest, _ caller: Caller, _ session: InterfaceSession?
  ) async -> Result<JSONValue, InterfaceError> {
    do { return .success(try await call(request, caller, session)) } catch let error as InterfaceError {
      return .failure(error)
    } catch {
      if let known = InterfaceError(error) { return .failure(known) }
      let id = Hexadecimal.encode(context.randomness.bytes(8))
      context.report(id, "\(request.method): \(type(of: error))")
      return .failure(InterfaceError(.internalError, details: ["errorId": .string(id)]))
    }
  }

  private func call(_ request: RPCRequest, _ caller: Caller, _ session: InterfaceSession?) async throws -> JSONValue {
    guard let method = context.registry.method(named: request.method) else {
      throw InterfaceError(.method, "There is no method \(request.method.prefix(64)).")
    }
    if let scope = method.scope, !caller.scopes.contains(scope) {
      throw InterfaceError(
        .forbidden, "\(method.name) needs the scope \(scope.rawValue).", details: ["scope": .string(scope.rawValue)])
    }
    try Schema.validate(request.parameters, method.parameters, at: "")
    var parameters = request.parameters
    let name = parameters.removeValue(forKey: "clientRef")?.string
    let reference = name.map { context.references.reference($0, caller: caller, method: method.name, parameters) }
    let call = Call(
      context: context, caller: caller, session: session, parameters: parameters, reference: reference)
    guard let reference else { return try await method.handler(call) }
    return try await context.references.alone(reference) {
      if let known = try context.references.result(of: reference) { return known }
      let result = try await method.handler(call)
      if !call.hasRecorded { try context.references.record(reference, result) }
      return result
    }
  }
}
