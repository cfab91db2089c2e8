package assets

// Keys of what pages say after something was done about assets and asset
// groups, with the values they name, and of what their forms may have wrong.
const (
	NoticeAssetCreated    = "notice.asset.created" // asset
	NoticeAssetGained     = "notice.asset.gained"
	NoticeAssetAsked      = "notice.asset.asked"
	NoticeAssetDeleted    = "notice.asset.deleted"  // asset
	NoticeAssetReleased   = "notice.asset.released" // asset, business
	NoticeAssetAssigned   = "notice.asset.assigned"
	NoticeAssetUnassigned = "notice.asset.unassigned"
	NoticeAssetShared     = "notice.asset.shared"
	NoticeAssetUnshared   = "notice.asset.unshared"
	NoticeGroupCreated    = "notice.group.created" // group
	NoticeGroupDeleted    = "notice.group.deleted" // group
	NoticeGroupFilled     = "notice.group.filled"
	NoticeGroupTaken      = "notice.group.taken"

	ProblemAssetID     = "problem.asset.id"     // no asset of the kind has this id
	ProblemCurrency    = "problem.currency"     // none was given to an ad account
	ProblemAssignee    = "problem.assignee"     // nobody was chosen
	ProblemGroupAssets = "problem.group.assets" // no asset was chosen
	ProblemGroupTasks  = "problem.group.tasks"  // no task was chosen
)
