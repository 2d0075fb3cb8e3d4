//! Apprenticeship contracts and their relatives (R41), as PDF.
