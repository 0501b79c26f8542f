/// A session that this device has begun: what to send in front of its messages, and its secrets.
package struct InitiatedSession: ~Copyable, Sendable {
  /// Repeated in front of every message until the responder has answered.
  package let start: SessionStart
  package let secrets: SessionSecrets

  /// The secrets alone, for whoever has kept the start.
  package consuming func takeSecrets() -> SessionSecrets { secrets }
}
