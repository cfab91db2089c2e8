package web

// Keys of the sentences after what is done about webhooks and callbacks.
const (
	NoticeSubscribed      = "notice.hooks.subscribed"
	NoticeUnsubscribed    = "notice.hooks.unsubscribed"
	NoticeTestSent        = "notice.hooks.test"
	NoticeRedelivered     = "notice.hooks.again"
	NoticeAppRemovedAsked = "notice.app.removed.asked" // app
)
