/// Why a program could not be run or did not do what the test waited for.
package enum ProcessFailure: Error, Hashable, Sendable {
  /// No program of this name lies beside the test bundle: build the package first.
  case notBuilt(program: String, folder: String)
  /// The system refused to start it (errno).
  case notStarted(program: String, errno: Int32)
  /// It did not happen in time; what was written to standard error so far.
  case timedOut(waitingFor: String, standardError: String)
  /// It ended before what was waited for.
  case ended(ExitStatus, waitingFor: String, standardError: String)
  /// A temporary folder could not be made (errno).
  case noTemporaryFolder(errno: Int32)
  /// What was waited for was still not so after a long time; where it was waited for.
  case neverHeld(at: String)
  /// The program said something else than what was expected.
  case unexpectedOutput(String)
}

/// How a process ended.
package enum ExitStatus: Hashable, Sendable {
  /// It ended by itself with this code.
  case code(Int32)
  /// A signal ended it: 9 for kill -9.
  case signal(Int32)
}
