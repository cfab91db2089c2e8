package web

import "time"

// webhookSamples are the pages about what apps are told, and what people ask
// them to delete.
func webhookSamples() []sample {
	const payload = `{
  "object": "application",
  "entry": [
    {
      "id": "100000000000101",
      "time": 1773324300,
      "changes": [
        {
          "field": "business_integration_update",
          "value": {
            "business_manager_id": "100000000000202",
            "tp_config_id": "100000000000401",
            "removed_assets": [
              {
                "id": "100000000000302",
                "type": "ad_account"
              }
            ]
          }
        }
      ]
    }
  ]
}`
	row := func(id, name, state string, attempts, status int, problem string) DeliveryRow {
		r := DeliveryRow{ID: id, App: campaign.ID, Kind: "webhook", Name: name, State: state, Attempts: attempts, Status: status, Problem: problem, At: day, Payload: payload}
		switch state {
		case "pending":
			r.Next = day.Add(time.Minute)
		case "delivered", "failed":
			r.Ended = day.Add(time.Second)
		}
		return r
	}
	rows := []DeliveryRow{
		row("1", "business_integration_update", "waiting", 0, 0, ""),
		row("2", "business_integration_update", "pending", 3, 503, "It answered with status 503."),
		row("3", "business_integration_install", "pending", 0, 0, ""),
		row("4", "business_integration_install", "delivered", 1, 200, ""),
		row("5", "pages_manage_engagement_of_a_long_name", "failed", 14, 0, "No answer within 5 seconds."),
		{ID: "6", App: campaign.ID, Kind: "deauthorize", Name: "deauthorize", State: "delivered", Attempts: 1, Status: 200, At: day, Ended: day, Payload: `{
  "user_id": "7241890043125571"
}`},
	}
	fields := []string{"business_integration_install", "business_integration_update", "business_integration_uninstall"}
	both := []WebhookView{{Object: "application", CallbackURL: "https://app.brightline.example/hooks/a-long-path-of-a-receiver-behind-a-gateway", Fields: fields, Since: day},
		{Object: "permissions", CallbackURL: "https://app.brightline.example/hooks", Fields: append(fields, "ads_read", "ads_management", "pages_show_list", "email"), Since: day}}
	edit := func(object string) *WebhookEditPage {
		p := &WebhookEditPage{Base: base(tess), Frame: frame("developer"), Object: object, CallbackURL: "https://app.brightline.example/hooks", IncludeValues: true}
		for i, name := range fields {
			p.Fields = append(p.Fields, WebhookFieldView{Name: name, Title: "Know what happens", Checked: i > 0})
		}
		return p
	}
	wrong := edit("permissions")
	wrong.Problems = []Problem{{"callback_url", "The callback URL did not confirm the subscription. It answered with status 404."}, {"fields", "Choose at least one field of permissions."}}
	return []sample{
		{"webhooks", &WebhooksPage{Base: base(tess), Frame: frame("developer"), Objects: both, Deliveries: rows[:3]}},
		{"webhooks-none", &WebhooksPage{Base: base(tess), Frame: frame("admin"), Objects: []WebhookView{{Object: "application"}, {Object: "permissions"}}}},
		{"webhook-edit", edit("application")},
		{"webhook-edit-wrong", wrong},
		{"deliveries", &DeliveriesPage{Base: base(tess), Frame: frame("admin"), First: true, Rows: rows, Later: "6"}},
		{"deliveries-undone", &DeliveriesPage{Base: base(tess), Frame: frame("admin"), Undone: true, Rows: rows[:2]}},
		{"deliveries-none", &DeliveriesPage{Base: base(tess), Frame: frame("admin"), First: true}},
		{"settings-deletions", &IntegrationsPage{Base: base(ada), Apps: []IntegrationRow{{campaign, 4, 2, day, time.Time{}, time.Time{}}}, Deletions: []DataDeletionRow{
			{App: "Trailmates", State: "asked", At: day},
			{App: "Brightline Campaigns", State: "confirmed", At: day, URL: "https://app.brightline.example/deleted/7", Code: "7f3c9a1e5b8d42f6"},
			{App: "Night Shift", State: "failed", At: day},
		}}},
		{"settings-app-remove-deletes", &IntegrationRemovePage{Base: base(ada), App: campaign, Tokens: 2, Deletes: true}},
	}
}
