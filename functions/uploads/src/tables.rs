//! Vacant seats (R66) and rankings (R18), as CSV or XLSX.
