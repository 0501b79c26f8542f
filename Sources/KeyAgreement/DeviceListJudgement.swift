/// What becomes of lists that an account, or somebody in its name, shows when others are pinned already (C1).
///
/// A pure function of two verified values; whoever calls it pins, ignores or raises the alarm.
package enum DeviceListJudgement: Hashable, Sendable {
  /// Newer and in order: pin them.
  case accept
  /// The pinned lists, byte for byte.
  case same
  /// Older than the pinned ones: ignored.
  case older
  /// Two different lists of one version were signed: alarm, hold, keep both.
  case equivocation
  /// Signed, but against the rules of succession: ignored, and worth a warning.
  case refused(DeviceListRule)
  /// Lists of another account.
  case otherAccount

  /// Judges `candidate` beside what is pinned.
  ///
  /// A root list is held against the pinned *root* list only: it beats every manager list, so a stolen manager that
  /// used numbers up or revoked devices cannot keep the root from going on. A manager list is held against the pinned
  /// list that counts. The root list beneath it was checked when the lists were verified.
  package static func judge(_ candidate: DeviceLists, pinned: DeviceLists?) -> DeviceListJudgement {
    guard let pinned else { return .accept }
    guard candidate.account == pinned.account else { return .otherAccount }
    // Both carry the root list of their major version, so a forked root shows whatever the minor versions are.
    if candidate.root.version == pinned.root.version, candidate.root.signedBytes != pinned.root.signedBytes {
      return .equivocation
    }
    if candidate.version == pinned.version {
      return candidate.current.signedBytes == pinned.current.signedBytes ? .same : .equivocation
    }
    if candidate.version < pinned.version { return .older }
    do throws(DeviceListRule) {
      if candidate.version.major > pinned.version.major {
        try candidate.root.checkNumbers(after: pinned.root)
        return .accept
      }
      // The direct successor names its predecessor: another name is another list of the pinned version.
      if candidate.version.minor == pinned.version.minor + 1, candidate.current.previous != pinned.current.hash {
        return .equivocation
      }
      try candidate.current.checkNumbers(after: pinned.current)
      return .accept
    } catch { return .refused(error) }
  }
}
