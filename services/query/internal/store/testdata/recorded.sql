SELECT greatest(
    (SELECT max(recorded_at) FROM cells_rows WHERE workspace = {workspace:String} AND basis = 'touch'),
    (SELECT max(received_at) FROM spend_rows WHERE workspace = {workspace:String}))
-- workspace = "default"
