import CSodium

/// The state of libsodium in this process.
package enum Sodium {
  /// Why libsodium cannot be used.
  package enum Failure: Error, Hashable, Sendable {
    /// `sodium_init` failed.
    case initialisation
  }

  private static let initialised: Bool = sodium_init() >= 0

  /// Initialises libsodium once; every other call is free.
  ///
  /// - Throws: ``Failure/initialisation`` when libsodium reports that it cannot run here.
  package static func start() throws(Failure) {
    guard initialised else { throw .initialisation }
  }
}
