/// Who calls, and what they may do.
package struct Caller: Hashable, Sendable {
  /// Names the caller in the vault: references and consumers belong to it. `local` for this machine's user.
  package let id: String
  package let scopes: Set<Scope>
  /// Whether paths of files are taken from it: only from who could read them anyway.
  package let mayNameFiles: Bool

  package init(id: String, scopes: Set<Scope>, mayNameFiles: Bool) {
    self.id = id
    self.scopes = scopes
    self.mayNameFiles = mayNameFiles
  }

  /// The user that the daemon runs as, over its socket.
  package static let local = Caller(id: "local", scopes: Set(Scope.allCases), mayNameFiles: true)
}
