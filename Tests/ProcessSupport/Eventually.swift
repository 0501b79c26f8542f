/// Waits until `condition` holds, for what nobody tells: it is asked again and again, with a pause of a millisecond.
///
/// - Parameters:
///   - limit: after it the test has failed. It is long: only what never happens reaches it.
///   - place: the place of the call, which the error names.
/// - Throws: ``ProcessFailure/neverHeld(at:)``, what `condition` throws, or `CancellationError` when the test's own limit is reached.
package func eventually(
  within limit: Duration = .seconds(120), file: StaticString = #fileID, line: UInt = #line,
  isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw ProcessFailure.neverHeld(at: "\(file):\(line)") }
    try await ContinuousClock().sleep(for: .milliseconds(1))
  }
}
