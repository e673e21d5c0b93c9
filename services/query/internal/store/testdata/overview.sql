SELECT arraySort(groupUniqArrayIf(model, model != '')),
    greatest(max(recorded_at), (SELECT max(received_at) FROM spend_rows WHERE workspace = {workspace:String}))
FROM cells_rows WHERE workspace = {workspace:String}
-- workspace = "default"
