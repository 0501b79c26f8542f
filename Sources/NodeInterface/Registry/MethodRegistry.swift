/// All methods. Whatever describes or calls them is made from here.
package struct MethodRegistry: Sendable {
  /// In the order of the reference.
  package let methods: [Method]
  private let byName: [String: Method]

  package init(_ methods: [Method]) {
    self.methods = methods
    byName = Dictionary(methods.map { ($0.name, $0) }) { first, _ in
      preconditionFailure("two methods are called \(first.name)")
    }
  }

  package func method(named name: String) -> Method? { byName[name] }

  /// What this version can do.
  package static let standard = MethodRegistry(
    SystemMethods.all + AccessMethods.all + AccountMethods.all + BotMethods.all + InviteMethods.all + ContactMethods.all
      + RequestMethods.all + ChatMethods.all + MessageMethods.all + BlobMethods.all + IdentityMethods.all
      + StoreMethods.all + SyncMethods.all + EventMethods.all + WebhookMethods.all)
}
