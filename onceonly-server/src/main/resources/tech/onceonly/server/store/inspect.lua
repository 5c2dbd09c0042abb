-- ARGV: moment.
return look()
