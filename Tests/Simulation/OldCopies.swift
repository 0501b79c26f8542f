import Foundation
import Messaging
import Vault

/// Vaults that are put back from an old copy, and taken over.
extension World {
  func troubleCopies(_ index: Int) throws {
    guard copiesAreRestored else { return }
    let node = nodes[index]
    guard node.hasCopy else { return try node.keepCopy() }
    guard dice.oneIn(3) else { return }
    note(.vaultRestored)
    excused.insert(index)
    try node.restoreCopy()
    do { try Shell(world: self, node: node).goOnline() } catch Shell.Trouble.unreachable { note(.relayCutOff) }
  }

  /// Whether a node's vault was put back from an old copy.
  func isRestored(_ node: SimulatedNode) -> Bool { excused.contains { nodes[$0] === node } }

  /// Whether one of the two was restored: what its other self had acknowledged is lost, as the user was told.
  func isExcused(_ one: SimulatedNode, _ other: SimulatedNode) -> Bool {
    isRestored(one) || isRestored(other)
  }
}

extension SimulatedNode {
  var hasCopy: Bool { FileManager.default.fileExists(atPath: folder + "/copy") }

  func keepCopy() throws {
    try restart()
    try FileManager.default.copyItem(atPath: folder + "/home", toPath: folder + "/copy")
  }

  func restoreCopy() throws {
    close()
    try FileManager.default.removeItem(atPath: folder + "/home")
    try FileManager.default.moveItem(atPath: folder + "/copy", toPath: folder + "/home")
    try restart()
  }
}
