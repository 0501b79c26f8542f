import MessageContent
import Messaging

extension InfoLine {
  /// One sentence for people.
  func text(contact: String) -> String {
    let who = isOwn ? "You" : ShownText.name(contact)
    switch kind {
    case .timerChanged(let setting) where setting.mode == .off: return "\(who) turned the timer off."
    case .timerChanged(let setting): return "\(who) set the timer: messages disappear \(TimerText.text(setting))."
    case .screenshot: return "\(who) may have captured the screen."
    case .secretChatOpened: return "\(who) opened this secret chat. Compare its key: sotto secret key NAME."
    case .secretChatClosed: return "\(who) closed this secret chat; its messages are destroyed here."
    }
  }
}

extension GoneReason {
  var text: String {
    switch self {
    case .expired: "expired"
    case .deleted: "deleted"
    case .viewed: "viewed"
    }
  }
}

extension ViewOnceKind {
  var text: String {
    switch self {
    case .text: "text"
    case .picture: "picture"
    case .voice: "voice message"
    case .file: "file"
    }
  }
}
