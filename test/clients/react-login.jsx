// A page with the npm package @greatsumini/react-facebook-login, as its
// documentation shows it. The settings come from the page's own address.
import React from 'react';
import { createRoot } from 'react-dom/client';
import FacebookLogin from '@greatsumini/react-facebook-login';

const settings = JSON.parse(new URLSearchParams(location.search).get('settings'));
window.seen = { success: [], fail: [], profile: [] };

createRoot(document.getElementById('root')).render(
  <FacebookLogin
    {...settings}
    onSuccess={(answer) => window.seen.success.push(answer)}
    onFail={(answer) => window.seen.fail.push(answer)}
    onProfileSuccess={(answer) => window.seen.profile.push(answer)}
  />,
);
