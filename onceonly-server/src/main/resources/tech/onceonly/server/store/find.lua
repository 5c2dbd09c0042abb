-- ARGV: moment. Gives the lease.
return answer('FOUND', leaseFound())
