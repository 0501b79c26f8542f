import Ambient
import ByteLayout

/// Takes frames, and gives answers: the same for every transport.
package struct Dispatcher: Sendable {
  package let context: InterfaceContext

  package init(context: InterfaceContext) { self.context = context }

  /// What is answered to a frame.
  package struct Reply: Sendable {
    package let frame: [UInt8]
    /// Why a request that came alone failed; nil when it did not, and for a batch.
    package let failure: InterfaceError?
  }

  /// Carries out what a frame asks for.
  ///
  /// - Returns: the frame to answer with; nil when everything in it was a notification.
  package func answer(_ frame: some Sequence<UInt8>, from caller: Caller, session: InterfaceSession? = nil) async
    -> [UInt8]?
  {
    await reply(to: frame, from: caller, session: session)?.frame
  }

  /// As ``answer(_:from:session:)``, for transports that say failures in their own way too.
  package func reply(to frame: some Sequence<UInt8>, from caller: Caller, session: InterfaceSession? = nil) async
    -> Reply?
  {
    switch RPCFrame(frame) {
    case .single(let request):
      let result = await result(of: request, caller, session)
      guard let answer = Self.answer(request, result) else { return nil }
      let failure: InterfaceError? = if case .failure(let error) = result { error } else { nil }
      return Reply(frame: Self.bounded(answer), failure: failure)
    case .batch(let requests):
      // In their order, so that a later one finds what an earlier one did.
      var answers: [JSONValue] = []
      for request in requests {
        if let answer = Self.answer(request, await result(of: request, caller, session)) { answers.append(answer) }
      }
      return answers.isEmpty ? nil : Reply(frame: JSONText.bytes(.array(answers)), failure: nil)
    }
  }

  /// Carries out one call of this very process.
  ///
  /// - Throws: ``InterfaceError``.
  package func call(
    _ method: String, _ parameters: [String: JSONValue], from caller: Caller = .local
  ) async throws(InterfaceError) -> JSONValue {
    try await perform(RPCRequest(id: nil, method: method, parameters: parameters), caller, nil).get()
  }

  /// What is too large for one frame becomes an error.
  private static func bounded(_ answer: JSONValue) -> [UInt8] {
    let bytes = JSONText.bytes(answer)
    guard bytes.count > JSONText.maximumByteCount else { return bytes }
    let id = answer["id"].flatMap(RequestID.init)
    return JSONText.bytes(
      RPCAnswer.json(id, .failure(InterfaceError(.tooLarge, "The answer is too large: ask for less at once."))))
  }

  private func result(
    of request: Result<RPCRequest, RPCRefusal>, _ caller: Caller, _ session: InterfaceSession?
  ) async -> Result<JSONValue, InterfaceError> {
    switch request {
    case .failure(let refusal): .failure(refusal.error)
    case .success(let request): await perform(request, caller, session)
    }
  }

  /// - Returns: nil for a notification.
  private static func answer(
    _ request: Result<RPCRequest, RPCRefusal>, _ result: Result<JSONValue, InterfaceError>
  ) -> JSONValue? {
    switch request {
    case .failure(let refusal): RPCAnswer.json(refusal.id, result)
    case .success(let request): request.id.map { RPCAnswer.json($0, result) }
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
      try context.limits.count(caller, sendingTo: nil)
      throw InterfaceError(.method, "There is no method \(request.method.prefix(64)).")
    }
    if let scope = method.scope, !caller.scopes.contains(scope) {
      throw InterfaceError(
        .forbidden, "\(method.name) needs the scope \(scope.rawValue).", details: ["scope": .string(scope.rawValue)])
    }
    try context.limits.count(caller, sendingTo: method.isSend ? request.parameters["chat"]?.string ?? "" : nil)
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
